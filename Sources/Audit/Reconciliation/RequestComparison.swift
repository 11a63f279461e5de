package import Model
import Pricing

extension Reconciliation {
  /// A request of a bill that lists single ones.
  package struct BilledRequest: Sendable {
    package var key: Key
    package var row: BillRow
    /// Whether it is to be compared; else it only tells whose the ledger's requests are.
    package var isAsked: Bool

    package init(key: Key, row: BillRow, isAsked: Bool = true) {
      self.key = key
      self.row = row
      self.isAsked = isAsked
    }
  }

  package struct LedgerRequest: Sendable {
    package var key: Key
    /// When it began, epoch milliseconds.
    package var started: Int64
    /// When it ended; `nil` where that is not known.
    package var ended: Int64?
    /// What the ledger holds of it.
    package var use: LedgerUse

    package init(key: Key, started: Int64, ended: Int64?, use: LedgerUse) {
      self.key = key
      self.started = started
      self.ended = ended
      self.use = use
    }
  }

  /// Compares request by request: what is unmeasured, another's, or missing is then known one by one, where sums leave
  /// it together.
  /// - Parameters:
  ///   - billed: the bill's requests, each with its instant and amount.
  ///   - calls: the ledger's answered requests of the same time.
  ///   - days: the bill's days; calls of other days are only looked for.
  ///   - fees: what was charged beside tokens.
  ///   - roundedPlaces: what the bill's amounts are rounded to.
  ///   - rates: every set of rates that the table has for a model on some days and prompts of up to so many tokens.
  package static func of(
    billed: [BilledRequest], calls: [LedgerRequest], days: ClosedRange<CivilDay>, fees: [Fee], roundedPlaces: Int?,
    rates: (Key, Int64) -> TableRates
  ) -> Reconciliation {
    let partners = RequestMatch.partners(
      of: billed.map {
        RequestMatch.Call(
          model: $0.key.model, started: $0.row.started ?? 0, ended: $0.row.ended, tokens: $0.row.tokens)
      },
      in: calls.map {
        RequestMatch.Call(
          model: $0.key.model, started: $0.started, ended: $0.ended,
          tokens: $0.use.unmeasured > 0 ? nil : $0.use.tokens)
      })
    var groups: [Key: RequestGroup] = [:]
    var found: Set<Int> = []
    let claimed = Set(billed.lazy.filter { $0.row.cost != nil }.map(\.key))
    for (request, partner) in zip(billed, partners) {
      guard request.isAsked else {
        if let partner { found.insert(partner) }
        continue
      }
      // Beside amounts, tokens alone are compared with nothing.
      if request.row.cost == nil, claimed.contains(request.key) {
        if let partner { found.insert(partner) }
        groups[request.key, default: RequestGroup()].withoutAmount += 1
        continue
      }
      guard let partner else {
        groups[request.key, default: RequestGroup()].others.append(request.row)
        continue
      }
      found.insert(partner)
      if calls[partner].use.unmeasured > 0 {
        groups[request.key, default: RequestGroup()].unmeasured.append(request.row)
        groups[request.key, default: RequestGroup()].unmeasuredUse.add(calls[partner].use)
      } else {
        groups[request.key, default: RequestGroup()].measured.append(request.row)
        groups[request.key, default: RequestGroup()].use.add(calls[partner].use)
      }
    }
    for (place, call) in calls.enumerated() where !found.contains(place) && days.contains(call.key.days.lowerBound) {
      groups[call.key, default: RequestGroup()].missing.add(call.use)
    }
    let rows = groups.sorted { $0.key < $1.key }.map { key, group in
      group.row(key, roundedPlaces: roundedPlaces, rates: rates(key, group.longestPrompt))
    }
    return Reconciliation(rows: rows, fees: fees)
  }
}

/// The requests of a model and a day, by what became of them.
private struct RequestGroup {
  /// Rows of the bill for measured requests, and the ledger's side of these.
  var measured: [BillRow] = []
  var use = LedgerUse()
  /// Rows of the bill for requests that the ledger has without tokens, and the ledger's side of these.
  var unmeasured: [BillRow] = []
  var unmeasuredUse = LedgerUse()
  /// Rows of the bill that the ledger has nothing of.
  var others: [BillRow] = []
  /// What only the ledger has.
  var missing = LedgerUse()
  /// How many rows name no amount beside others that do.
  var withoutAmount = 0

  /// Of all rows of the bill, tokens.
  var longestPrompt: Int64 {
    // Each row is one request.
    (measured + unmeasured + others).map { [$0].longestPrompt }.max() ?? 0
  }

  func row(_ key: Reconciliation.Key, roundedPlaces: Int?, rates: TableRates) -> Reconciliation.Row {
    func compared(_ lines: [BillRow], _ use: LedgerUse) -> Reconciliation.Row {
      BillComparison(key: key, lines: lines, use: use, roundedPlaces: roundedPlaces, rates: rates).row
    }
    var row = compared(measured, use)
    let billed = measured + unmeasured + others
    let listsTokens = !billed.isEmpty && billed.allSatisfy { $0.cost == nil }
    if listsTokens, measured.isEmpty { row.listNothing() }
    let ofUnmeasured = unmeasured.isEmpty ? nil : compared(unmeasured, unmeasuredUse)
    for more in [
      ofUnmeasured,
      others.isEmpty ? nil : compared(others, LedgerUse()), missing.answered == 0 ? nil : compared([], missing),
    ].compactMap(\.self) {
      var more = more
      if listsTokens, !more.isBilled { more.listNothing() }
      row.tableCost = row.tableCost.flatMap { own in more.tableCost.map { own + $0 } }
      row.billed = row.billed.flatMap { own in more.billed.map { own + $0 } }
      row.ledger = row.ledger.flatMap { own in more.ledger.map { own + $0 } }
      row.unpriced = Set(row.unpriced).union(more.unpriced).sorted()
      row.causes = row.causes + more.causes
      row.mostRounding = row.mostRounding + more.mostRounding
      // A rate is that of measured requests, where there are any: the others' may be of another mix of classes.
      if measured.isEmpty, row.rates.isEmpty { row.rates = more.rates }
      row.repriced = row.repriced.map { own in more.repriced.map { own + $0 } ?? own } ?? more.repriced
      if more.exceedsLimit { (row.limit, row.exceedsLimit) = (more.limit, true) }
      row.isOfUnknownPrice = row.isOfUnknownPrice || more.isOfUnknownPrice
    }
    row.billedRequests = Int64(billed.count)
    row.withoutAmount = withoutAmount
    row.answered = use.answered + unmeasured.count + missing.answered
    row.unmeasured = unmeasured.count + missing.unmeasured
    row.matched = Reconciliation.Matched(
      unmeasured: unmeasured.count, others: others.count, missing: missing.answered)
    row.isBilled = (row.billedRequests ?? 0) > 0
    row.unknownMissing = row.isBilled ? 0 : missing.unmeasured - missing.unmeasuredFree
    // A request without a token measures nothing.
    let told = unmeasured.filter { $0.tokens.values.contains { $0 != 0 } }
    (row.toldRequests, row.untoldRequests) = (told.count, unmeasured.count - told.count)
    row.ofMeasured = measured.isEmpty ? [:] : row.beyond ?? [:]
    row.beyond = told.isEmpty ? nil : told.tokens
    row.tellsUnmeasured = !told.isEmpty
    row.chargedForUnmeasured = ofUnmeasured.map { $0.causes.unexplained == .zero ? told.cost : $0.causes.unmeasured }
    row.settleUnpriced()
    row.settleMissing()
    return row
  }
}

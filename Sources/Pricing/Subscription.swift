package import Model

/// A plan that somebody pays for. Plans of the table are only what is on the market; nothing else is ever charged.
package struct Subscription: Hashable, Sendable {
  /// The plan's name in the table.
  package var plan: String
  /// The first day that is paid for.
  package var from: CivilDay
  /// The last day that is paid for; `nil` while it runs.
  package var until: CivilDay?
  /// For how many people; `nil` for as many as the table says.
  package var seats: Int?
  /// What a month costs a person, where that is not the list's fee.
  package var fee: Money?
  /// Where it was declared.
  package var place: Place

  package init(
    plan: String, from: CivilDay, until: CivilDay? = nil, seats: Int? = nil, fee: Money? = nil,
    place: Place = Place(file: "", line: 1, column: 1)
  ) {
    self.plan = plan
    self.from = from
    self.until = until
    self.seats = seats
    self.fee = fee
    self.place = place
  }

  /// From when it is paid for, epoch milliseconds.
  var start: Int64 { from.utcStart }
  /// From when it is no longer paid for, epoch milliseconds.
  var end: Int64? { until.map { $0.advanced(by: 1).utcStart } }
}

extension Subscription: CustomStringConvertible {
  /// As it is written in a configuration: `{plan: ollama-cloud-pro, from: 2026-11-21}`.
  package var description: String {
    let rest = [
      until.map { "until: \($0)" }, seats.map { "seats: \($0)" }, fee.map { "fee: \"\($0)\"" },
    ].compactMap(\.self)
    return "{" + (["plan: \(plan)", "from: \(from)"] + rest).joined(separator: ", ") + "}"
  }
}

/// The plans that are paid for: those of the table, with the fees of the days on which somebody subscribes to them.
struct PaidPlans {
  /// By name.
  private(set) var plans: [Plan] = []
  private(set) var findings: [Diagnostic] = []

  init(_ subscriptions: [Subscription], of offers: [Plan]) {
    let byName = Dictionary(offers.map { ($0.name, $0) }) { first, _ in first }
    for (name, entries) in Dictionary(grouping: subscriptions, by: \.plan).sorted(by: { $0.key < $1.key }) {
      guard let offer = byName[name] else {
        for entry in entries { findings.append(unknown(entry, offers)) }
        continue
      }
      let ordered = entries.sorted { ($0.from, $0.place.line) < ($1.from, $1.place.line) }
      for (entry, next) in zip(ordered, ordered.dropFirst()) where (entry.end ?? .max) > next.start {
        findings.append(
          next.place.error(
            "the subscription to \(name) of \(entry.from) still runs; give it `until`, or say `seats`", key: "from"))
      }
      if let plan = paid(offer, ordered) { plans.append(plan) }
    }
    checkOverlaps(subscriptions)
  }

  private func unknown(_ entry: Subscription, _ offers: [Plan]) -> Diagnostic {
    let names = offers.map(\.name).sorted()
    let like = alike(entry.plan, in: names)
    let near = like.isEmpty ? nil : "; did you mean \(like.joined(separator: " or "))?"
    let known = names.isEmpty ? "" : "; there are \(names.joined(separator: ", "))"
    return entry.place.error("the table has no plan \"\(entry.plan)\"\(near ?? known)", key: "plan")
  }

  /// The plan with a fee from each first day on, and an end after each last one.
  private mutating func paid(_ offer: Plan, _ entries: [Subscription]) -> Plan? {
    var plan = offer
    plan.fees = []
    for (index, entry) in entries.enumerated() {
      let before = offer.fees.last { $0.from <= entry.start }
      guard let listed = before ?? offer.fees.first, entry.fee != nil || listed.monthly != nil else {
        findings.append(
          entry.place.error("the table knows no fee of \(offer.name) on \(entry.from); say `fee`", key: "fee"))
        continue
      }
      if before == nil, entry.fee == nil {
        var finding = entry.place.error(
          "the table knows the fee of \(offer.name) from \(listed.day) on, and takes it for the days before too; "
            + "`fee` says another one", key: "from")
        finding.severity = .warning
        findings.append(finding)
      }
      plan.fees.append(listed.paid(by: entry, from: entry.start))
      if entry.fee == nil {
        plan.fees += offer.fees.filter { $0.from > entry.start && $0.from < entry.end ?? .max && $0 != listed }
          .map { $0.paid(by: entry, from: $0.from) }
      }
      if let end = entry.end, entries.indices.contains(index + 1) ? entries[index + 1].start > end : true {
        plan.fees.append(PlanFee(from: end, monthly: nil))
      }
    }
    return plan.fees.isEmpty ? nil : plan
  }

  /// What ran on which of two plans that cover a model at the same time is in no record.
  private mutating func checkOverlaps(_ subscriptions: [Subscription]) {
    for (index, plan) in plans.enumerated() {
      for other in plans[..<index] where running(plan, other) {
        let shared =
          plan.models.first { model in other.models.contains { $0.isSame(as: model) } }
          ?? plan.patterns.first { pattern in other.patterns.contains { $0.isSame(as: pattern) } }
        guard let shared, let place = subscriptions.last(where: { $0.plan == plan.name })?.place else { continue }
        findings.append(
          place.error(
            "\(shared) is covered by \(other.name) at the same time; no record says which one paid", key: "plan"))
      }
    }
  }

  /// Fees change at listed instants only, so two plans meet exactly where they meet at one of those.
  private func running(_ plan: Plan, _ other: Plan) -> Bool {
    (plan.fees + other.fees).contains { plan.isRunning(at: $0.from) && other.isRunning(at: $0.from) }
  }
}

extension PlanFee {
  /// The fee of a subscription.
  fileprivate func paid(by subscription: Subscription, from: Int64) -> PlanFee {
    let seats = subscription.seats ?? self.seats
    func all(_ fee: Money?) -> Money? { fee?.multiplied(by: Int128(seats), over: Int128(self.seats)) }
    var fee = PlanFee(
      from: from, monthly: annual == nil ? all(monthly) : nil, annual: all(annual), seats: seats,
      includedTokens: includedTokens, overage: overage, source: source, verified: verified, hardware: hardware)
    if let own = subscription.fee {
      fee.monthly = own.multiplied(by: Int128(seats))
      (fee.annual, fee.hardware) = (nil, nil)
    }
    return fee
  }
}

extension ModelID {
  func isSame(as other: ModelID) -> Bool {
    (provider.lowercased(), ModelNames.folded(model)) == (other.provider.lowercased(), ModelNames.folded(other.model))
  }
}

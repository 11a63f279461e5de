package import Model

/// Finds for each request of a bill the ledger's record of it. No id is in both, so that model, time and tokens tell.
package struct RequestMatch: Sendable {
  /// A request as one of the sides has it.
  package struct Call: Sendable {
    package var model: ModelID
    /// When it began, epoch milliseconds.
    package var started: Int64
    /// When it ended; `nil` where that is not known.
    package var ended: Int64?
    /// Its tokens; `nil` where they are not known.
    package var tokens: [TokenClass: Int64]?

    package init(model: ModelID, started: Int64, ended: Int64?, tokens: [TokenClass: Int64]?) {
      self.model = model
      self.started = started
      self.ended = ended
      self.tokens = tokens?.filter { $0.value != 0 }
    }
  }

  /// Clocks may differ by this much, milliseconds.
  private static let slack: Int64 = 2000
  /// How long a request may last whose end nobody wrote down, milliseconds.
  private static let openEnd: Int64 = 600_000

  /// Pairs the two sides: first those with the same tokens, then unmeasured requests of the ledger, then what is left at
  /// the same time. Each request is in one pair at most; among several candidates the nearest in time is taken.
  /// - Returns: for each request of the bill the place of the ledger's, or `nil`.
  package static func partners(of billed: [Call], in ledger: [Call]) -> [Int?] {
    var partners = [Int?](repeating: nil, count: billed.count)
    var free = Set(ledger.indices)
    let byModel = Dictionary(grouping: ledger.indices.sorted { ledger[$0].started < ledger[$1].started }) {
      ledger[$0].model
    }
    let longest = ledger.map { ($0.ended ?? $0.started + openEnd) - $0.started }.max() ?? 0
    let inTime = billed.indices.sorted { (billed[$0].started, $0) < (billed[$1].started, $1) }
    func pair(where fits: (Call, Call) -> Bool) {
      for place in inTime where partners[place] == nil {
        let call = billed[place]
        let candidates = byModel[call.model] ?? []
        // What began at most as long before as the longest request lasted.
        let first = candidates.partitioningIndex { ledger[$0].started >= call.started - longest - slack }
        var best: Int?
        for candidate in candidates[first...] {
          guard ledger[candidate].started <= call.started + slack else { break }
          guard free.contains(candidate), isAtOneTime(call, ledger[candidate]), fits(call, ledger[candidate]) else {
            continue
          }
          if let known = best, distance(call, ledger[known]) <= distance(call, ledger[candidate]) { continue }
          best = candidate
        }
        guard let best else { continue }
        partners[place] = best
        free.remove(best)
      }
    }
    pair { $1.tokens != nil && $0.tokens == $1.tokens }
    pair { bill, own in own.tokens == nil }
    pair { _, _ in true }
    return partners
  }

  /// Whether the bill's instant lies within the ledger's request, as far as clocks agree.
  private static func isAtOneTime(_ billed: Call, _ ledger: Call) -> Bool {
    let end = ledger.ended ?? ledger.started + openEnd
    return billed.started >= ledger.started - slack && billed.started <= end + slack
  }

  private static func distance(_ billed: Call, _ ledger: Call) -> Int64 {
    let starts = billed.started - ledger.started
    guard let billedEnd = billed.ended, let ledgerEnd = ledger.ended else { return abs(starts) }
    return abs(starts) + abs(billedEnd - ledgerEnd)
  }
}

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

    /// When it ended at the latest.
    fileprivate var end: Int64 { ended ?? started + openEnd }

    /// Its model and tokens; `nil` where these are not known.
    fileprivate var use: Use? { tokens.map { Use(model: model, tokens: $0) } }
  }

  /// What requests are told by that are alike.
  fileprivate struct Use: Hashable {
    var model: ModelID
    var tokens: [TokenClass: Int64]
  }

  /// Clocks may differ by this much, milliseconds.
  private static let slack: Int64 = 2000
  /// How long a request may last whose end nobody wrote down, milliseconds.
  private static let openEnd: Int64 = 600_000

  /// Pairs the two sides: first those with the same tokens, then unmeasured requests of the ledger, then what is left at
  /// the same time. Each request is in one pair at most; among several candidates the nearest in time is taken.
  /// - Returns: for each request of the bill the place of the ledger's, or `nil`.
  package static func partners(of billed: [Call], in ledger: [Call]) -> [Int?] {
    var match = RequestMatch(billed, ledger)
    match.pair(\.use, \.use)
    match.pair({ $0.model }, { $0.tokens == nil ? $0.model : nil })
    match.pair({ $0.model }, { $0.model })
    return match.partners
  }

  private let billed: [Call]
  private let ledger: [Call]
  /// The bill's requests in the order of time.
  private let inTime: [Int]
  private var partners: [Int?]
  private var isFree: [Bool]

  private init(_ billed: [Call], _ ledger: [Call]) {
    (self.billed, self.ledger) = (billed, ledger)
    inTime = billed.indices.sorted { (billed[$0].started, $0) < (billed[$1].started, $1) }
    partners = Array(repeating: nil, count: billed.count)
    isFree = Array(repeating: true, count: ledger.count)
  }

  /// Pairs requests of one time that have the same key; those without one are left.
  private mutating func pair<Key: Hashable>(_ billedKey: (Call) -> Key?, _ ledgerKey: (Call) -> Key?) {
    var groups: [Key: [Int]] = [:]
    var longest: Int64 = 0
    for place in ledger.indices where isFree[place] {
      guard let key = ledgerKey(ledger[place]) else { continue }
      groups[key, default: []].append(place)
      longest = max(longest, ledger[place].end - ledger[place].started)
    }
    groups = groups.mapValues { $0.sorted { (ledger[$0].started, $0) < (ledger[$1].started, $1) } }
    for place in inTime where partners[place] == nil {
      let call = billed[place]
      guard let key = billedKey(call), let candidates = groups[key],
        let best = nearest(to: call, among: candidates, longest)
      else { continue }
      partners[place] = best
      isFree[best] = false
    }
  }

  /// - Parameters:
  ///   - candidates: in the order of their beginnings.
  ///   - longest: how long the longest of them lasted.
  private func nearest(to call: Call, among candidates: [Int], _ longest: Int64) -> Int? {
    // What began at most as long before as the longest request lasted.
    let first = candidates.partitioningIndex { ledger[$0].started >= call.started - longest - Self.slack }
    var best: Int?
    for candidate in candidates[first...] {
      guard ledger[candidate].started <= call.started + Self.slack else { break }
      guard isFree[candidate], Self.isAtOneTime(call, ledger[candidate]) else { continue }
      if let known = best, Self.distance(call, ledger[known]) <= Self.distance(call, ledger[candidate]) { continue }
      best = candidate
    }
    return best
  }

  /// Whether the bill's instant lies within the ledger's request, as far as clocks agree.
  private static func isAtOneTime(_ billed: Call, _ ledger: Call) -> Bool {
    billed.started >= ledger.started - slack && billed.started <= ledger.end + slack
  }

  private static func distance(_ billed: Call, _ ledger: Call) -> Int64 {
    let starts = billed.started - ledger.started
    guard let billedEnd = billed.ended, let ledgerEnd = ledger.ended else { return abs(starts) }
    return abs(starts) + abs(billedEnd - ledgerEnd)
  }
}

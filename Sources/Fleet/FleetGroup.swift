package import Ledger
package import Model

/// A sum of requests as a server answers it: the row of `FleetSQL.groups`.
package struct FleetGroup: Sendable {
  package var model: ModelID
  package var variant: CallVariant
  package var route: Route
  package var source: UsageSource
  package var isClaimed: Bool
  package var trace: Unmeasured.Trace?
  package var reason: UnmeasuredReason?
  package var isFailed: Bool
  package var program: String
  package var machine: String
  package var session: UInt64
  package var times: ClosedRange<Int64>
  package var prompt: Int64
  package var requests: Int64
  package var rows: Int64
  package var digest: UInt64
  package var tokens: TokenUsage
  package var caching: PromptCaching?
  package var claim: Int128
  package var webSearches: Int64

  /// How many columns a row has.
  private static let columns = 21 + 18

  /// Beyond it no sum of requests, tokens or searches is real: thousands of them can still be added.
  static let most: Int64 = 1 << 50
  /// Likewise for what routers say that requests cost, picodollars.
  private static let mostClaimed: Int128 = 1 << 96

  /// Reads a row; `nil` for what is none, or for what no machine can have sent.
  package init?(_ row: [String]) {
    guard row.count == Self.columns, let source = UsageSource(rawValue: row[10]), let session = UInt64(row[17]),
      let first = Int64(row[21]), let last = Int64(row[22]), first <= last, EpochTime.range.contains(first),
      EpochTime.range.contains(last), let requests = Self.count(row[24]), let rows = Self.count(row[25]),
      let digest = UInt64(row[26]), let claim = Int128(row[37]), claim.magnitude <= Self.mostClaimed.magnitude,
      let prompt = row[23] == "\\N" ? 0 : Self.count(row[23])
    else { return nil }
    let sums = (row[27...36] + row[38...38]).map { Self.count($0) }
    guard let searches = sums[10], !sums[0...9].contains(nil) else { return nil }
    func text(_ index: Int) -> String? { row[index].isEmpty ? nil : row[index] }
    model = ModelID(provider: row[0], model: row[1])
    variant = CallVariant(
      host: text(2), speed: text(3), geo: text(4), tier: text(5), isBatch: row[6] == "1", isSplitUnknown: row[7] == "1",
      isAssumed: row[8] == "1")
    route = Route(rawValue: row[9]) ?? .unknown
    self.source = source
    isClaimed = row[11] == "0"
    trace = Unmeasured.Trace(word: row[12])
    reason = UnmeasuredReason(word: row[13])
    isFailed = row[14] == "1"
    program = row[15]
    machine = row[16]
    self.session = session
    times = first...last
    self.prompt = prompt
    (self.requests, self.rows, self.digest) = (requests, rows, digest)
    func sum(_ index: Int) -> Int64 { sums[index] ?? 0 }
    tokens = TokenUsage(
      input: sum(0), cacheRead: sum(1), cacheWrite5m: sum(2), cacheWrite1h: sum(3), output: sum(4), reasoning: sum(5))
    caching = sum(6) == 0 ? PromptCaching(cacheable: sum(7), read5m: sum(8), read1h: sum(9)) : nil
    self.claim = claim
    webSearches = searches
  }

  /// A number of requests or tokens; `nil` for what is none.
  static func count(_ text: String) -> Int64? {
    Int64(text).flatMap { (0...most).contains($0) ? $0 : nil }
  }

  /// Whether sums can be added up without a number that wraps.
  package static func canBeAdded(_ groups: [FleetGroup]) -> Bool {
    var (sum, claims): (Int64, Int128) = (0, 0)
    for group in groups {
      let parts = [
        group.tokens.input, group.tokens.cacheRead, group.tokens.cacheWrite5m, group.tokens.cacheWrite1h,
        group.tokens.output, group.tokens.reasoning, group.caching?.cacheable ?? 0, group.caching?.read5m ?? 0,
        group.caching?.read1h ?? 0, group.requests, group.rows, group.webSearches,
      ]
      // A dozen numbers of 50 bits, and a sum of 60.
      sum += parts.reduce(0, +)
      claims += Int128(group.claim.magnitude)
      if sum > most << 10 || claims > mostClaimed << 10 { return false }
    }
    return true
  }

  /// Each request in one of the fields.
  package var counts: RequestCounts {
    let count = Int(requests)
    return switch source {
    case .upstream: RequestCounts(upstream: count)
    case .router: RequestCounts(router: count)
    case .client: RequestCounts(client: count)
    case .estimated: RequestCounts(estimated: count)
    case .unknown: isFailed ? RequestCounts(failed: count) : RequestCounts(unknown: count)
    }
  }

  /// The slice of a query, which tells no more apart than a ledger's would.
  /// - Parameters:
  ///   - interval: what the query's days and prices leave together.
  ///   - label: what it is told apart by.
  package func slice(_ query: TrafficQuery, day: CivilDay, label: String?) -> TrafficSlice {
    var slice = TrafficSlice(
      model: model, time: times.lowerBound, prompt: prompt, day: day, route: query.byRoute ? route : .unknown,
      session: query.bySession && session != 0 ? "session-" + String(session, radix: 16) : nil,
      source: query.bySource ? source : nil, claim: query.bySource && isClaimed ? claim : nil, counts: counts,
      tokens: tokens, caching: caching, variant: variant)
    slice.label = label
    if query.bySession { slice.last = times.upperBound }
    return slice
  }
}

import GRDB
import Model

/// What a row of a rollup is a sum of.
struct RollupKey: Hashable, Comparable {
  /// The hour or day, counted from 1970 in UTC.
  var bucket: Int64
  /// The model's id in the ledger.
  var model: Int64
  /// The route's code.
  var route: Int64
  /// How many of the rollup's prompt limits the prompts are above; below 0 for requests that are not measured
  /// (`UnmeasuredClass`).
  var promptClass: Int64

  /// The order of a rollup's rows.
  static func < (left: RollupKey, right: RollupKey) -> Bool {
    (left.model, left.bucket, left.route, left.promptClass)
      < (right.model, right.bucket, right.route, right.promptClass)
  }
}

/// The sums of a row of a rollup.
struct RollupSums {
  /// When the first of the requests began, epoch milliseconds.
  var first = Int64.max
  /// The shortest and the longest prompt; `nil` for requests that are not measured.
  var prompts: ClosedRange<Int64>?
  var counts = RequestCounts.zero
  var tokens = TokenUsage.zero
  var caching = PromptCaching.zero

  static func += (left: inout RollupSums, right: RollupSums) {
    left.first = min(left.first, right.first)
    if let prompts = right.prompts {
      left.prompts =
        left.prompts.map {
          min($0.lowerBound, prompts.lowerBound)...max($0.upperBound, prompts.upperBound)
        } ?? prompts
    }
    left.counts += right.counts
    left.tokens += right.tokens
    left.caching = left.caching + right.caching
  }
}

/// How a rollup's columns stand in the ledger, in one order everywhere.
enum RollupColumns {
  static let keys = ["bucket", "model", "route", "prompt_class"]
  static let counts = ["upstream", "router", "client", "unknown", "failed", "estimated"]
  static let tokens = RequestColumns.classes + ["reasoning"]
  static let caching = ["cacheable", "cached_5m", "cached_1h"]
  static let sums = counts + tokens + caching
  static let all = keys + ["first", "shortest", "longest"] + sums

  /// The sums over rows of `request`, in the order of `sums`.
  static let ofRequests: [String] =
    [
      "sum(source = 1)", "sum(source = 2)", "sum(source = 3)", "sum(source = 0 AND NOT \(RequestColumns.failed))",
      "sum(\(RequestColumns.failed))", "sum(source = 4)",
    ] + tokens.map { "coalesce(sum(\($0)) FILTER (WHERE \(RequestColumns.measured)), 0)" } + [
      "coalesce(sum(\(RequestColumns.prompt)) FILTER (WHERE cached_5m IS NOT NULL), 0)", "coalesce(sum(cached_5m), 0)",
      "coalesce(sum(cached_1h), 0)",
    ]

  /// The same with their names, which an error tells.
  static let named: [String] = zip(ofRequests, sums).map { "\($0) AS \($1)" }

  /// Adds the sums as arguments, in the order of `sums`.
  static func add(_ sums: RollupSums, to arguments: inout BoundStatement.Arguments) {
    let (counts, tokens, caching) = (sums.counts, sums.tokens, sums.caching)
    for count in [counts.upstream, counts.router, counts.client, counts.unknown, counts.failed, counts.estimated] {
      arguments.add(Int64(count))
    }
    for count in [
      tokens.input, tokens.cacheRead, tokens.cacheWrite5m, tokens.cacheWrite1h, tokens.output, tokens.reasoning,
      caching.cacheable, caching.read5m, caching.read1h,
    ] {
      arguments.add(count)
    }
  }

  /// Reads the sums of a row whose columns from some place on are those of `sums`.
  /// - Throws: `ForeignValue` where one of them is no sum of requests.
  static func sums(_ row: BoundStatement.Columns, from first: Int32) throws -> RollupSums {
    func count(_ index: Int32) throws -> Int { Int(try row.count(first + index)) }
    func tokens(_ index: Int32) throws -> Int64 { try row.count(first + 6 + index) }
    return try RollupSums(
      counts: RequestCounts(
        upstream: count(0), router: count(1), client: count(2), estimated: count(5), unknown: count(3), failed: count(4)
      ),
      tokens: TokenUsage(
        input: tokens(0), cacheRead: tokens(1), cacheWrite5m: tokens(2), cacheWrite1h: tokens(3), output: tokens(4),
        reasoning: tokens(5)),
      caching: PromptCaching(cacheable: tokens(6), read5m: tokens(7), read1h: tokens(8)))
  }
}

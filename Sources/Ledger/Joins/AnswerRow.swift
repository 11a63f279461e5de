import GRDB
import Model
import Reading

/// What a row of `request` holds that an answer may have given it.
struct AnswerRow {
  var id: Int64
  private var model: Int64
  private var ownModel: Int64?
  private var route: Int64
  private var source: Int64
  private var usage: TokenUsage?
  private var reason: Int64?
  private var webSearches: Int64?

  /// The columns that make one, of a statement whose first they are.
  static let columns = """
    request.id, request.model, request.own_model, request.route, request.source, request.input, request.cache_read,
    request.cache_write_5m, request.cache_write_1h, request.output, request.reasoning, request.reason,
    request.web_searches
    """
  /// How many columns that are.
  static let count: Int32 = 13

  init(_ row: BoundStatement.Columns) {
    (id, model, ownModel, route, source) = (row[0], row[1], row.optional(2), row[3], row[4])
    usage = row.optional(5).map {
      TokenUsage(
        input: $0, cacheRead: row[6], cacheWrite5m: row[7], cacheWrite1h: row[8], output: row[9], reasoning: row[10])
    }
    (reason, webSearches) = (row.optional(11), row.optional(12))
  }

  /// Whether an answer gave it its tokens.
  var isMeasuredByClient: Bool { source == Codes.code(UsageSource.client) }

  /// Whether it is the row of its own that an answer gets which no request fits.
  func isOwn(_ request: RoutedRequest, model: Int64) -> Bool {
    RequestID.instant(of: id) == request.started && self.model == model && route == Codes.code(request.route)
      && source == Codes.code(request.usageSource) && usage == request.usage
      && reason == Codes.code(request.reason).map(Int64.init) && webSearches == request.webSearches
  }

  /// Whether it is what `JoinedRow.attach` makes of a router's request and an answer.
  func isJoined(with answer: ClientAnswer, _ rows: inout RequestRows) throws -> Bool {
    let searches = answer.message.webSearches
    guard searches == 0 || webSearches == searches else { return false }
    guard let answered = answer.message.usage else { return !isMeasuredByClient }
    guard isMeasuredByClient else {
      return try source != Codes.code(UsageSource.unknown) && isRefined(by: answered, answer.message.variant, &rows)
    }
    return try usage == answered && model == JoinedRow.model(of: ownModel ?? model, with: answer, &rows)
  }

  /// Whether it says what `JoinedRow.refine` makes of a router's counts and an answer.
  private func isRefined(
    by answered: TokenUsage, _ variant: CallVariant, _ rows: inout RequestRows
  ) throws -> Bool {
    guard let usage, (usage.input, usage.cacheRead) == (answered.input, answered.cacheRead),
      usage.cacheWrite5m + usage.cacheWrite1h == answered.cacheWrite5m + answered.cacheWrite1h,
      ownModel != nil || usage.cacheWrite1h == 0
    else { return ownModel == nil }
    return try usage.cacheWrite1h == answered.cacheWrite1h
      && model == JoinedRow.model(of: ownModel ?? model, filledBy: variant, &rows)
  }
}

import Foundation
import GRDB
import Model

/// One row of a store. SQLite's columns hold values of any type, so nothing is taken for granted.
struct StoreRow {
  enum Content {
    case request(StoreRequest)
    case skipped(StoreSkipReason)
    case ignored(StoreIgnoredKind)
  }

  let row: Row
  let table: StoreTable
  /// The last time that a request can have, epoch milliseconds.
  let latest: Int64

  /// The row's number, which SQLite itself keeps whole.
  var number: Int64 { integer(.row) ?? 0 }

  var content: Content {
    do throws(StoreSkipReason) {
      let path = try path()
      if let kind = try ignoredKind(path) { return .ignored(kind) }
      return .request(try request(path))
    } catch {
      return .skipped(error)
    }
  }

  private func ignoredKind(_ path: String) throws(StoreSkipReason) -> StoreIgnoredKind? {
    if value(.copiedFrom) != .null { return .copy }
    switch ClientPath(path) {
    case .call: break
    case .other where path.hasSuffix("/count_tokens") || path.hasSuffix(":countTokens"): return .countTokens
    // Whatever its path, what has tokens called a model.
    case .other where !hasTokens: return .otherPath
    case .unknown where !hasTokens: throw .unknownPath
    case .other, .unknown: break
    }
    if provider == "unknown", (integer(.status) ?? 0) >= 400 { return .noProvider }
    return nil
  }

  private func request(_ path: String) throws(StoreSkipReason) -> StoreRequest {
    guard let provider, let model = name(.model) else { throw .badName }
    let (started, ended) = try times()
    guard let number = integer(.status), (0...999).contains(number) else { throw .badStatus }
    let status = number == 0 ? nil : Int(number)
    guard started <= latest else { throw .ahead }
    let (usage, flaw) = usage(path)
    let isBackfilled = table == .usageEvents && text(.costSource) == Self.backfill
    let own = name(.requestID)
    let id = own ?? "row-" + StableHash.hexadecimal("\(started) \(ended) \(path) \(model)")
    var request = RoutedRequest(
      model: ModelID(provider: provider, model: model), started: started, ended: ended, session: session,
      stream: integer(.isStream).map { $0 != 0 }, status: status, failure: failure(status), usage: usage,
      usageSource: usage == nil ? .unknown : .router)
    if usage == nil, !request.isFailed {
      let reason: UnmeasuredReason.RouterStore =
        switch request.failure {
        case .clientGone: .clientLeft
        case .interrupted: .cut
        default: .allZero
        }
      request.reason = .routerStore(flaw ?? reason)
      request.known = TokenUsage(
        input: tokens(.input) ?? 0, cacheRead: tokens(.cacheRead) ?? 0, cacheWrite5m: tokens(.cacheWrite) ?? 0,
        output: tokens(.output) ?? 0)
      if request.known == .zero { request.known = nil }
    }
    return StoreRequest(
      id: id, hasRouterID: own != nil, request: request,
      claimedCost: claimedCost, requestedModel: name(.requestedModel), path: path, table: table, row: self.number,
      isBackfilled: isBackfilled)
  }

  /// What the router writes as the source of a cost when it makes a usage event out of a request log. Such an event
  /// has the log's `created_at`, which is the start; any other has the instant of its completion.
  private static let backfill = "request_log"

  private func times() throws(StoreSkipReason) -> (started: Int64, ended: Int64) {
    guard let created = text(.created).flatMap(StoreTime.milliseconds), let duration = integer(.duration),
      (0...Self.longestDuration).contains(duration)
    else { throw .badTime }
    guard EpochTime.range.contains(created - duration), EpochTime.range.contains(created + duration) else {
      throw .badTime
    }
    if table == .usageEvents, text(.costSource) != Self.backfill { return (created - duration, created) }
    let completed = text(.completed).flatMap(StoreTime.milliseconds)
    if let completed, (created...created + Self.longestDuration).contains(completed) { return (created, completed) }
    return (created, created + duration)
  }

  private var hasTokens: Bool {
    [StoreColumn.input, .output, .cacheRead, .cacheWrite, .total].contains { (tokens($0) ?? 0) > 0 }
  }

  /// The tokens, or why they are not known. Zero in every class means that the upstream sent no usage.
  ///
  /// The router takes the total from the upstream and works out the parts itself, with two faults that the total can
  /// show: it leaves out Gemini's thoughts, and releases up to 3.0.21 subtract the cache a second time from a streamed
  /// answer's input, down to zero at the least.
  private func usage(_ path: String) -> (TokenUsage?, UnmeasuredReason.RouterStore?) {
    guard let input = tokens(.input), var output = tokens(.output), let read = tokens(.cacheRead),
      let write = tokens(.cacheWrite), let total = tokens(.total, absent: 0),
      let reasoning = tokens(.reasoning, absent: 0)
    else { return (nil, .impossibleCounts) }
    var usage = TokenUsage(
      input: input, cacheRead: read, cacheWrite5m: write, output: output, reasoning: min(output, reasoning))
    if usage == .zero { return (nil, total > 0 ? .totalBeyondParts : nil) }
    let (cached, beyond) = (read + write, total - usage.total)
    if cached > 0, input == 0, path.hasSuffix("/messages"), integer(.isStream) != 0 {
      return (nil, .cacheSubtractedTwice)
    }
    if usage.prompt == 0 { return (nil, .impossibleCounts) }
    guard beyond > 0 else { return (usage, nil) }
    if cached > 0, beyond == cached, beyond != reasoning {
      usage.input += cached
    } else if cached > 0, reasoning > output, beyond == cached + reasoning {
      usage.input += cached
      output += reasoning
      (usage.output, usage.reasoning) = (output, reasoning)
    } else if beyond == reasoning || cached == 0 {
      output += beyond
      (usage.output, usage.reasoning) = (output, max(reasoning, beyond))
    } else {
      return (nil, .totalBeyondParts)
    }
    return (usage, nil)
  }

  /// A count; `nil` where it is no whole number, is negative, or is beyond what a request can hold.
  /// - Parameter absent: what NULL stands for.
  private func tokens(_ column: StoreColumn, absent: Int64? = nil) -> Int64? {
    let count: Int64? =
      switch value(column).storage {
      case .null: absent
      case .int64(let number): number
      case .double(let number): Int64(exactly: number)
      case .string(let text): Int64(text)
      case .blob: nil
      }
    guard let count, (0...largestTokenCount).contains(count) else { return nil }
    return count
  }

  /// The error's text is looked at here and goes nowhere: it can hold anything.
  private func failure(_ status: Int?) -> FailureKind? {
    guard let status else { return nil }
    let error = text(.error) ?? ""
    if status == 499 { return .clientGone }
    let isConnection = Self.connectionWords.contains(where: error.contains)
    if status >= 400 { return isConnection ? .connection : .upstreamHTTP }
    if error.isEmpty && integer(.ok) != 0 { return nil }
    return isConnection ? .interrupted : .providerError
  }

  private static let connectionWords = [
    "fetch failed", "ECONN", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "socket hang up", "terminated",
    "aborted",
  ]

  /// The claim as a decimal: the shortest one that means the stored value.
  private var claimedCost: String? {
    let double: Double? =
      switch value(.cost).storage {
      case .double(let number): number
      case .int64(let number): Double(number)
      default: nil
      }
    guard let double, (0...1_000_000).contains(double) else { return nil }
    return Decimal(string: double.description, locale: nil)?.description
  }

  private var session: String? {
    guard let text = text(.session), (1...128).contains(text.utf8.count),
      text.utf8.allSatisfy({ byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      })
    else { return nil }
    return text
  }

  /// The path up to its query, which can hold a key.
  private func path() throws(StoreSkipReason) -> String {
    guard let text = text(.path) else { throw .badName }
    let path = text.prefix { $0 != "?" && $0 != "#" }
    guard Self.isName(path) else { throw .badName }
    return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : String(path)
  }

  /// Where nobody wrote one down, the router's own word for that.
  private var provider: String? {
    value(.provider) == .null || text(.provider) == "" ? "unknown" : name(.provider)
  }

  private func name(_ column: StoreColumn) -> String? { text(column).flatMap { Self.isName($0) ? $0 : nil } }

  /// Whether a text can be shown as a name: no control characters, and nothing that was not UTF-8.
  private static func isName(_ text: some StringProtocol) -> Bool {
    (1...256).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy { scalar in
        scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar != "\u{FFFD}"
      }
  }

  private func value(_ column: StoreColumn) -> DatabaseValue { row[column.position] }

  private func integer(_ column: StoreColumn) -> Int64? {
    guard case .int64(let number) = value(column).storage else { return nil }
    return number
  }

  private func text(_ column: StoreColumn) -> String? {
    guard case .string(let text) = value(column).storage else { return nil }
    return text
  }

  /// A week: beyond it a duration is none.
  private static let longestDuration: Int64 = 7 * 86_400_000
}

/// The stores' texts for instants.
enum StoreTime {
  /// Reads `YYYY-MM-DDTHH:MM:SS[.fraction]Z` of this century as epoch milliseconds.
  static func milliseconds(_ text: String) -> Int64? {
    guard text.hasSuffix("Z"), text.hasPrefix("20"), text.dropFirst(10).hasPrefix("T") else { return nil }
    return ISOTime.read(text)
  }
}

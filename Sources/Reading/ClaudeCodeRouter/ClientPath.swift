/// Whether a client called a model, by the path of its request.
enum ClientPath {
  /// A model.
  case call
  /// Something that calls no model.
  case other
  /// It cannot be told.
  case unknown

  /// Tells a path up to its query. Presets stand before it: `/preset/NAME/v1/messages`.
  init(_ bytes: Span<UInt8>, _ url: Range<Int>) {
    var end = url.lowerBound
    while end < url.upperBound, bytes[end] != UInt8(ascii: "?"), bytes[end] != UInt8(ascii: "#") { end += 1 }
    while end > url.lowerBound, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
    let path = bytes.extracting(url.lowerBound..<end)
    self = Self.kind {
      path.ends(with: $0)
    } begins: {
      path.holds($0, at: 0)
    }
  }

  /// Tells a path without query.
  init(_ path: some StringProtocol) {
    let bytes = Array(path.utf8)
    self.init(bytes.span, bytes.indices)
  }

  private static let calls: [StaticString] = [
    "/messages", "/completions", "/responses", ":generateContent", ":streamGenerateContent", "/complete", "/invoke",
    "/invoke-with-response-stream", "/converse", "/converse-stream",
  ]
  private static let otherEnds: [StaticString] = [
    "/count_tokens", ":countTokens", "/health", "/models", "/favicon.ico", "/batches", "/input_tokens",
  ]
  private static let otherBegins: [StaticString] = ["/api/", "/ui", "/v1/models/", "/event_logging", "/.well-known"]

  private static func kind(ends: (StaticString) -> Bool, begins: (StaticString) -> Bool) -> ClientPath {
    if calls.contains(where: ends) { return .call }
    if otherEnds.contains(where: ends) || otherBegins.contains(where: begins) || !begins("/") { return .other }
    return .unknown
  }
}

import Model

/// What a line `TRACE <event>` of July 2026 says beside its message: its event, and what that is about, each under a
/// key of its own. Prompts stand in `snapshot` and `body`, which are passed over.
struct FreeClaudeCodeTrace {
  private var name: Range<Int>?
  private var provider: Range<Int>?
  private var model: Range<Int>?
  private var gatewayModel: Range<Int>?
  private var kind: Range<Int>?
  private var error: Range<Int>?
  private var exception: Range<Int>?
  private var causes: Range<Int>?
  private var status: Int64?
  private var next: Range<Int>?
  private var output: Int64?
  private var estimate: Int64?
  private var isSound = true

  /// Takes the value of a key where it is one of these.
  mutating func take(
    _ key: Range<Int>, _ bytes: Span<UInt8>, _ cursor: inout JSONCursor
  ) throws(JSONFault) -> Bool {
    switch key.count {
    case 4 where isKey(bytes, key, "kind"): kind = try cursor.stringIfAny(bytes)
    case 5 where isKey(bytes, key, "event"): name = try cursor.stringIfAny(bytes)
    case 8 where isKey(bytes, key, "exc_type"): exception = try cursor.stringIfAny(bytes)
    case 11 where isKey(bytes, key, "provider_id"): provider = try cursor.stringIfAny(bytes)
    case 11 where isKey(bytes, key, "status_code"), 11 where isKey(bytes, key, "http_status"):
      status = try cursor.optionalNumber(bytes) ?? status
    case 11 where isKey(bytes, key, "cause_types"):
      _ = try cursor.peek(bytes)
      let start = cursor.position
      try cursor.skip(bytes)
      causes = start..<cursor.position
    case 21 where isKey(bytes, key, "to_provider_model_ref"): next = try cursor.stringIfAny(bytes)
    case 13 where isKey(bytes, key, "gateway_model"): gatewayModel = try cursor.stringIfAny(bytes)
    case 13 where isKey(bytes, key, "output_tokens"): output = try cursor.optionalCount(bytes, isSound: &isSound)
    case 14 where isKey(bytes, key, "provider_model"): model = try cursor.stringIfAny(bytes)
    case 17 where isKey(bytes, key, "mapped_error_type"): error = try cursor.stringIfAny(bytes)
    case 22 where isKey(bytes, key, "prompt_tokens_estimate"):
      estimate = try cursor.optionalCount(bytes, isSound: &isSound)
    default: return false
    }
    return true
  }

  /// Whether an event is named at all.
  var isNamed: Bool { name != nil }

  /// What the event says of its request; `nil` where it says nothing that we want.
  func fact(_ bytes: Span<UInt8>) throws(SkipReason) -> FreeClaudeCodeFact.Event? {
    guard let name, let raw = bytes.string(name) else { return nil }
    switch raw.hasPrefix("free_claude_code.") ? String(raw.dropFirst(17)) : raw {
    case "api.request.received", "api.responses.request.received": return .incoming
    case "api.route.resolved":
      // To count tokens calls nobody.
      if kind.map({ isKey(bytes, $0, "count_tokens") }) ?? false { return nil }
      guard let provider = text(bytes, provider), let model = text(bytes, model) ?? text(bytes, gatewayModel) else {
        throw .incomplete
      }
      return .call(provider: provider.lowercased(), model: model)
    case "provider.response.completed":
      guard isSound else { throw .badTokens }
      return output.map { .told(input: estimate ?? 0, output: $0) }
    case "provider.response.transport_error":
      // `["ConnectError", …]`
      let names = causes.flatMap { bytes.string($0) }?.filter { $0.isLetter || $0 == "," } ?? ""
      return FreeClaudeCodeFailure.event(text(bytes, exception) ?? "", status: status.map(Int.init), causes: names)
    case "provider.response.error":
      if let name = text(bytes, error) { return .failed(FreeClaudeCodeFailure.kind(ofError: name), status: nil) }
      // A stream that broke ends with a status of 500 and more, too.
      if let status, (400..<500).contains(status) { return .failed(.upstreamHTTP, status: Int(status)) }
      return .failed(FreeClaudeCodeFailure.kind(ofError: text(bytes, exception) ?? ""), status: nil)
    case "model_fallback.started":
      return text(bytes, next).flatMap { ModelID($0) }.map { .next(provider: $0.provider, model: $0.model) }
    case "api.response.stream_completed", "api.responses.stream_completed": return .ended
    case "api.response.stream_interrupted", "api.responses.stream_interrupted":
      return .failed(.interrupted, status: nil)
    default: return nil
    }
  }

  private func text(_ bytes: Span<UInt8>, _ range: Range<Int>?) -> String? {
    guard let range, let raw = bytes.string(range), let text = JSONEscapes.unescaped(raw), !text.isEmpty,
      !text.utf8.contains(where: { $0 < 0x20 })
    else { return nil }
    return text
  }
}

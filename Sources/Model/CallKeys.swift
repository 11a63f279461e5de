/// What identifies a call in the records of several programs. Two records with one equal key of the same kind are one
/// call, unless the key is known to repeat (`repeats`): then something else has to agree, too.
package struct CallKeys: Hashable, Sendable, Codable {
  /// The answer's id: a transcript's `message.id`, LiteLLM's `id` and `request_id`, a chunk's `chatcmpl-…`, CC Switch's
  /// `session:<id>`.
  package var responseID: String?
  /// The answer's header `request-id`: a transcript's `requestId`, the telemetry's and free-claude-code's
  /// `request_id`, LiteLLM's `llm_provider-request-id`.
  package var requestIDHeader: String?
  /// A router's own id of the call, led by the router's name where its ids are not unique by themselves
  /// (`litellm:<call id>:success`).
  package var routerCallID: String?

  package static let none = CallKeys()

  /// Whether an answer's id is of a kind that its maker uses again: a small number (Ollama's `chatcmpl-` and three
  /// digits), the milliseconds of a clock (claude-code-router's `msg_1782295200000`), or a word (`msg_proxy`).
  package static func repeats(_ responseID: String) -> Bool {
    let bytes = Array(responseID.utf8)
    let tail = bytes.lastIndex { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }.map { bytes[($0 + 1)...] }
    let digits = (bytes.lazy.filter { (0x30...0x39).contains($0) }).count
    guard digits > 0 else { return true }
    return (tail ?? bytes[...]).allSatisfy { (0x30...0x39).contains($0) }
      && (digits <= 6 || responseID.hasPrefix("msg_"))
  }
}

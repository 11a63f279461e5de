import Foundation

/// What a webhook's answer says of the message, where its status says that all is well.
enum WebhookAnswer: Hashable {
  case taken
  /// The webhook did not understand it, or may not post.
  case refused
  /// No webhook answered: a log-in page of a network or of a proxy.
  case page

  /// Slack's words for a message that it did not take
  /// (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors).
  private static let refusals: Set<String> = [
    "action_prohibited", "channel_is_archived", "channel_not_found", "invalid_blocks", "invalid_payload",
    "invalid_token",
    "missing_text_or_fallback_or_attachments", "no_active_hooks", "no_service", "no_service_id", "no_team", "no_text",
    "posting_to_general_channel_denied", "rollup_error", "team_disabled", "token_revoked", "too_many_attachments",
    "user_not_found",
  ]

  init(_ response: HTTPResponse) {
    let text = String(decoding: response.body, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    let front = text.prefix(15).lowercased()
    if front.hasPrefix("<!doctype html") || front.hasPrefix("<html") {
      self = .page
    } else if Self.refusals.contains(text) || Self.isNegative(response.body) {
      self = .refused
    } else {
      self = .taken
    }
  }

  /// Whether a body is `{"ok": false, …}`, as Slack's other interfaces and those like it answer.
  private static func isNegative(_ body: [UInt8]) -> Bool {
    struct Answer: Decodable { var ok: Bool }
    guard body.contains(UInt8(ascii: "{")) else { return false }
    return (try? JSONDecoder().decode(Answer.self, from: Data(body)))?.ok == false
  }
}

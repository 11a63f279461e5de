import Model

/// A message of a title and a few sentences, for the same webhooks as `SlackMessage`.
struct NoticeMessage: Hashable, Sendable {
  var title: String
  var lines: [String]

  /// The payload; the same message gives the same bytes.
  var json: String {
    let title = SafeText.plain(title, limit: 120)
    let header = SafeText.cut(SafeText.escaped(title), to: SlackMessage.maximumHeader)
    let text = lines.map { SafeText.sentence($0, limit: 1200) }.joined(separator: "\n")
    return JSONText.object([
      ("text", .string(SafeText.sentence(title) + "\n" + text)),
      (
        "blocks",
        .array([
          .object([
            ("type", .string("header")),
            ("text", .object([("type", .string("plain_text")), ("text", .string(header))])),
          ]), SlackMessage.section(text),
        ])
      ),
    ]).line
  }
}

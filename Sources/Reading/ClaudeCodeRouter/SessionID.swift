/// The session inside the client's `metadata.user_id`.
enum SessionID {
  /// After `_session_`, or in newer clients a JSON text's `session_id`; `nil` where there is neither.
  static func session(inUserID text: String) -> String? {
    if text.first == "{" {
      var cursor = JSONCursor()
      let bytes = Array(text.utf8)
      guard (try? cursor.enterObject(bytes.span)) != nil else { return nil }
      var first = true
      while let key = try? cursor.key(bytes.span, first: first) {
        first = false
        if key.count == 10, bytes.span.holds("session_id", at: key.lowerBound) {
          return try? cursor.text(bytes.span)
        }
        guard (try? cursor.skip(bytes.span)) != nil else { return nil }
      }
      return nil
    }
    let bytes = Array(text.utf8)
    guard let mark = bytes.span.firstIndex(of: "_session_", from: 0) else { return nil }
    let session = bytes[(mark + 9)...]
    return session.isEmpty ? nil : String(decoding: session, as: UTF8.self)
  }
}

import Model

/// SQL conditions on a row of `message`, each written once.
enum AnswerColumns {
  /// What says that an answer belongs to a router's request by a key, so that no request has to be found for it, and
  /// that an answer of the telemetry is one that a transcript holds, too: under whichever session, where the header
  /// says so. What the transcript does not hold to its end only the telemetry knows, which is written at the end.
  static let claimed = """
    EXISTS (SELECT 1 FROM call_key WHERE key = message.header)
      OR EXISTS (SELECT 1 FROM call_key WHERE key = message.kin)
      OR message.telemetry AND EXISTS (
        SELECT 1 FROM message AS other WHERE other.header = message.header AND NOT other.telemetry
          AND NOT (message.input IS NOT NULL AND \(unfinished("other"))))
      OR NOT message.telemetry AND \(unfinished("message")) AND EXISTS (
        SELECT 1 FROM message AS other WHERE other.header = message.header AND other.telemetry
          AND other.input IS NOT NULL)
    """

  /// Whether the client did not write an answer's end down.
  static func unfinished(_ table: String) -> String {
    "coalesce(\(table).reason, 0) = \(Codes.code(.transcript(.unfinished)) ?? 0)"
  }
}

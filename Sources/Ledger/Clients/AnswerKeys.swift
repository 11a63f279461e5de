import Model
import Reading

/// What stands in the ledger for keys and groups: the same numbers in every ledger.
extension TranscriptMessage {
  /// A number for the key: its parts, each told apart by its place.
  var keyHash: Int64 {
    guard let messageID else {
      return StableHash.of("none", line ?? session, agentID ?? "-", model, "\(time)", tokens)
    }
    return hasWeakID
      ? StableHash.of("weak", messageID, session, weakMark)
      : StableHash.of("id", messageID, requestID ?? "-")
  }

  /// A number that copies of an answer with a router's id have in common: its session alone is another one.
  var twinHash: Int64? {
    guard hasWeakID, let messageID else { return nil }
    return StableHash.of("twin", messageID, agentID ?? "-", model, "\(time)", tokens)
  }

  private var tokens: String {
    usage.map { usage in TokenClass.allCases.map { "\(usage[$0])" }.joined(separator: " ") } ?? "-"
  }

  /// A number for the group.
  var groupHash: Int64 {
    guard let messageID else { return keyHash }
    return hasWeakID
      ? StableHash.of("weak", messageID, session, agentID ?? "-") : StableHash.of("id", messageID)
  }
}

/// Reads the lines of free-claude-code 6.
enum FreeClaudeCodeRecord {
  static func isOwn(_ bytes: Span<UInt8>) -> Bool { false }
}

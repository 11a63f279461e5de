extension SourceName {
  /// Claude Code transcripts.
  package static let claudeCode = SourceName("claude-code")
}

/// A transcript that Claude Code, the client, writes of a session.
package enum ClaudeCodeTranscript: LogSource {
  package static let name = SourceName.claudeCode

  package static func wrote(_ bytes: Span<UInt8>, _ keys: LineKeys) -> Bool {
    keys.have("sessionId", .string)
      && (keys.have("parentUuid") || keys.have("isSidechain") || keys.have("type", .string))
      || keys.have("type", .string) && (keys.have("leafUuid") || keys.have("snapshot"))
  }

  package static func places(in surroundings: Surroundings) -> [String] {
    ClaudeCodePaths.roots(environment: surroundings.environment, home: surroundings.home)
  }

  package static func collector(_ configuration: RouterConfiguration) -> any LineCollector { TranscriptCollector() }
}

extension TranscriptCollector: LineCollector {
  package var count: Int { messages }
  package mutating func gather() -> Gathered { .transcript(finish()) }
}

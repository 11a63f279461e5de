extension SourceName {
  /// claude-code-router 1.x and 2.x logs.
  package static let claudeCodeRouter = SourceName("claude-code-router")
}

/// The log of claude-code-router 1.x and 2.x.
package enum ClaudeCodeRouterLog: LogSource {
  package static let name = SourceName.claudeCodeRouter
  package static let position: RouterPosition? = .outer

  package static func wrote(_ bytes: Span<UInt8>, _ keys: LineKeys) -> Bool {
    if bytes.holds("{\"level\":", at: 0), let level = bytes.number(at: 9), bytes.holds(",\"time\":", at: level.end) {
      return true
    }
    guard keys.have("pid", .number), keys.have("hostname", .string) else { return false }
    return keys.have("time", .number) || keys.have("time", .string) && keys.have("level")
  }

  package static func places(in surroundings: Surroundings) -> [String] {
    ["\(surroundings.home)/.claude-code-router/logs"]
  }

  package static func collector(_ configuration: RouterConfiguration) -> any LineCollector {
    Collector(configuration: configuration)
  }

  private struct Collector: LineCollector {
    let configuration: RouterConfiguration
    private var lines = LogCollector()

    init(configuration: RouterConfiguration) { self.configuration = configuration }

    var count: Int { lines.requests }
    var latest: Int64 {
      get { lines.latest }
      set { lines.latest = newValue }
    }

    mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
      try lines.read(bytes, at: offset, line: line)
    }

    mutating func skip(_ line: Int64, _ reason: SkipReason) { lines.skip(line, reason) }

    mutating func gather() -> Gathered { .router(RouterPart(lines.finish(), configuration: configuration)) }
  }
}

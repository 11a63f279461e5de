/// Where Claude Code keeps its transcripts.
package enum ClaudeCodePaths {
  /// The folders that may hold transcripts, each once, whether they exist or not.
  /// - Parameters:
  ///   - environment: `CLAUDE_CONFIG_DIR` may name several folders, separated by commas or colons.
  ///   - home: the user's home folder.
  package static func roots(environment: [String: String], home: String) -> [String] {
    let named = (environment["CLAUDE_CONFIG_DIR"] ?? "").split { $0 == "," || $0 == ":" }.map { entry in
      var folder = String(entry.drop { $0 == " " })
      while folder.last == " " || folder.count > 1 && folder.last == "/" { folder.removeLast() }
      return folder == "~" || folder.hasPrefix("~/") ? home + folder.dropFirst() : folder
    }
    var seen: Set<String> = []
    return (named + ["\(home)/.config/claude", "\(home)/.claude"])
      .filter { !$0.isEmpty && seen.insert($0).inserted }
      .map { $0 == "/" ? "/projects" : "\($0)/projects" }
  }
}

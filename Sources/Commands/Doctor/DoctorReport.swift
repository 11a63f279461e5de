import Audit
import Model

/// How findings are printed.
enum DoctorReport {
  /// For people. No line that could be broken at a space is longer than the width, but those to be copied.
  static func table(_ findings: [Finding], width: Int, isColored: Bool) -> String {
    let blocks = findings.map { finding in
      let word = finding.severity.rawValue.padding(to: 9)
      let lines = wrapped(finding.what, width - 9)
      let head = (isColored ? "\u{1B}[\(paint(finding.severity))m\(word)\u{1B}[0m" : word) + lines[0]
      let change = finding.change?.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
        isToBeCopied(line) ? [SafeText.visible(String(line))] : wrapped(String(line), width - 17)
      }
      return
        ([head] + lines.dropFirst().map { margin + $0 } + section("why", wrapped(finding.why, width - 17))
        + section("change", change ?? [])).map { $0 + "\n" }.joined()
    }
    let counts = Finding.Severity.allCases.map { severity in
      let count = findings.count { $0.severity == severity }
      let word =
        switch severity {
        case .loss: count == 1 ? "loss" : "losses"
        case .problem: count == 1 ? "problem" : "problems"
        case .advice: "advice"
        case .fine: "fine"
        }
      return "\(count) \(word)"
    }
    return (blocks + [counts.joined(separator: ", ") + "\n"]).joined(separator: "\n")
  }

  /// For scripts: version 1; members may be added, and are never renamed.
  static func json(_ findings: [Finding], _ facts: DoctorFacts) -> String {
    JSONText.object([
      ("schema_version", .count(1)), ("generated_at", .string(ISOTime.second(facts.now))),
      ("router", .text(facts.version?.rawValue)),
      (
        "findings",
        .array(
          findings.map { finding in
            .object([
              ("severity", .string(finding.severity.rawValue)), ("id", .string(finding.id)),
              ("what", .string(finding.what)), ("why", .string(finding.why)), ("change", .text(finding.change)),
            ])
          })
      ),
    ]).pretty + "\n"
  }

  /// Whether a line of a change is a command, or stands in a file.
  private static func isToBeCopied(_ line: Substring) -> Bool {
    let commands = ["ccr-audit", "chmod", "claude", "sudo", "timedatectl", "export", "mv", "systemctl", "launchctl"]
    return commands.contains { line.hasPrefix($0 + " ") } || line.first.map { !$0.isLetter } ?? true
  }

  private static let margin = String(repeating: " ", count: 9)

  private static func section(_ title: String, _ lines: [String]) -> [String] {
    lines.enumerated().map { index, line in margin + (index == 0 ? title + ":" : "").padding(to: 8) + line }
  }

  private static func paint(_ severity: Finding.Severity) -> String {
    switch severity {
    case .loss: "1;31"
    case .problem: "33"
    case .advice: "1"
    case .fine: "32"
    }
  }

  /// Lines of at most that many characters, broken at spaces; a longer word has a line of its own.
  private static func wrapped(_ text: String, _ width: Int) -> [String] {
    var lines = [""]
    for word in SafeText.visible(text).split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + word.count < width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

import Foundation
import Model
import Report

/// Names out of configurations and logs, and figures, as a finding shows them.
enum Display {
  /// Text that somebody else wrote: what could move a cursor or hide stands there as `\u{…}`; at most 200 columns.
  static func text(_ text: String) -> String { SafeText.terminal(text, columns: 200) }

  /// Names in a sentence, the first of them where there are too many to read.
  static func list(_ names: [String]) -> String {
    let most = 20
    let rest = names.count > most ? ["and \(names.count - most) more"] : []
    return (names.prefix(most) + rest).joined(separator: ", ")
  }

  static func json(_ text: String) -> String { JSONText.string(text).line }

  /// An argument of a command line.
  static func argument(_ text: String) -> String {
    SafeText.shellWord(SafeText.visible(text))
  }

  /// Bytes, from a megabyte on with one place.
  static func bytes(_ bytes: Int64) -> String {
    if bytes < 1_000_000 { return Figures.count(bytes, "byte") }
    let tenths = (bytes + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }

  /// A span of time in its largest unit, rounded down.
  static func duration(_ milliseconds: Int64) -> String {
    let minutes = Int(abs(milliseconds) / 60_000)
    if minutes < 120 { return Figures.count(minutes, "minute") }
    return minutes < 48 * 60 ? Figures.count(minutes / 60, "hour") : Figures.count(minutes / 1440, "day")
  }

  /// A file's name without its folder.
  static func name(ofFile path: String) -> String { text(URL(filePath: path).lastPathComponent) }
}

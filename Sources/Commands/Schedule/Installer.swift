import Foundation
import Model

/// Does what an `InstallPlan` says, or shows it.
struct Installer {
  private let context: Context

  init(_ context: Context) { self.context = context }

  /// Whether `schedule install` wrote that file.
  func isOurs(_ path: String) -> Bool {
    (try? Descriptor.contents(ofFile: path)).map { UnitMark.isIn(String(decoding: $0, as: UTF8.self)) } ?? false
  }

  /// Whether somebody else wrote that file.
  func isForeign(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) && !isOurs(path) }

  /// Does all of it. Where something fails, files and folders are as before.
  func carryOut(_ plan: InstallPlan) throws(CommandFailure) {
    if let foreign = plan.files.map(\.path).first(where: isForeign) {
      throw CommandFailure(
        "\(foreign) was not written by `schedule install`", hint: "move it away; nothing was changed")
    }
    var undo = Undo()
    do throws(CommandFailure) {
      for folder in plan.folders { try make(folder, &undo) }
      for command in plan.before { try run(command) }
      for file in plan.files {
        try make(URL(filePath: file.path).deletingLastPathComponent().path, &undo)
        undo.willChange(file.path)
        try AtomicFile.save(file.text, to: file.path, isOurs: true)
      }
      for path in plan.removals {
        undo.willChange(path)
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
          throw CommandFailure("cannot remove \(path): \(SystemError(code: errno))")
        }
      }
      for command in plan.after { try run(command) }
    } catch {
      undo.carryOut()
      throw error
    }
  }

  /// Makes the folder, and those above it that are missing.
  private func make(_ folder: String, _ undo: inout Undo) throws(CommandFailure) {
    var missing: [String] = []
    var path = folder
    while path.count > 1, !FileManager.default.fileExists(atPath: path) {
      missing.append(path)
      path = URL(filePath: path).deletingLastPathComponent().path
    }
    for path in missing.reversed() {
      guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw CommandFailure("cannot make the folder \(path): \(SystemError(code: errno))")
      }
      undo.folders.append(path)
    }
  }

  /// What was there before.
  private struct Undo {
    /// Folders that were made, the outer ones first.
    var folders: [String] = []
    private var files: [(path: String, bytes: [UInt8]?)] = []

    mutating func willChange(_ path: String) { files.append((path, try? Descriptor.contents(ofFile: path))) }

    func carryOut() {
      for (path, bytes) in files {
        if let bytes { try? AtomicFile.write(bytes, to: path, mode: 0o644) } else { unsafe unlink(path) }
      }
      // One that holds something by now stays.
      for folder in folders.reversed() { unsafe rmdir(folder) }
    }
  }

  private func run(_ command: InstallPlan.Command) throws(CommandFailure) {
    let result = context.processes.run(command.words, [:])
    guard result.status != 0, !command.mayFail else { return }
    let reason = result.errors.split(separator: "\n").last.map { ": \($0)" } ?? ", exit code \(result.status)"
    throw CommandFailure(
      "`\(command.words.joined(separator: " "))` failed\(reason)",
      hint: "`ccr-audit schedule print --cron` prints lines for a machine without it")
  }

  /// The plan as a person does it by hand: commands behind `$`, files behind their names.
  static func text(_ plan: InstallPlan) -> String {
    func line(_ words: [String]) -> String { "$ " + words.map(SafeText.shellWord).joined(separator: " ") + "\n" }
    return
      (plan.folders.map { line(["mkdir", "-p", "-m", "700", $0]) } + plan.before.map { line($0.words) }
      + plan.files.map { "==> \($0.path) <==\n\($0.text)\n" } + plan.removals.map { line(["rm", $0]) }
      + plan.after.map { line($0.words) }).joined()
  }
}

/// The comment that tells our units from others of the same name.
enum UnitMark {
  private static let sentence = "Written by ccr-audit schedule install; ccr-audit schedule uninstall removes it."

  /// A unit or a property list with the mark.
  static func marked(_ text: String) -> String {
    text.contains("<plist ")
      ? text.replacing("<plist ", with: "<!-- \(sentence) -->\n<plist ", maxReplacements: 1) : "# \(sentence)\n\(text)"
  }

  static func isIn(_ text: String) -> Bool { text.contains(sentence) }
}

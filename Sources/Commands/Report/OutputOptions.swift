import ArgumentParser
import Foundation

/// Where a report goes.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: "Write the report into a file instead, whole or not at all; - is standard output.",
    completion: .file())
  var output: String?

  /// Writes a report to where somebody wants it.
  func write(_ text: String, _ workspace: Workspace) throws(CommandFailure) {
    guard let output, output != "-" else { return workspace.context.output.write(text) }
    try OutputFile(output, workspace).write(text)
  }
}

/// A file that somebody wants a report in.
struct OutputFile {
  private let path: String

  /// - Throws: where the file is one of ours, which a report would destroy.
  init(_ name: String, _ workspace: Workspace) throws(CommandFailure) {
    let settings = workspace.settings
    do throws(SettingProblem) {
      path = try PathBase(
        folder: workspace.context.currentDirectory, home: workspace.context.homeDirectory, variables: nil
      ).absolute(name)
    } catch {
      throw CommandFailure("the output file \(error.sentence)", status: .usage)
    }
    let ours =
      [
        ("the ledger", settings.ledger.value), ("the history", settings.history.value),
        ("the configuration", settings.config.value), ("the router's configuration", settings.routerConfig.value),
      ] + workspace.otherLedgers.map { ("the ledger", $0) }
    let real = Self.real(path)
    if let taken = ours.first(where: { Self.real($0.1) == real || Self.real($0.1 + "-wal") == real }) {
      throw CommandFailure("a report cannot be written over \(taken.0) \(path)", status: .usage)
    }
  }

  /// Writes the text, whole or not at all.
  func write(_ text: String) throws(CommandFailure) {
    do throws(SystemError) {
      try AtomicFile.put(Array(text.utf8), at: path)
    } catch {
      throw CommandFailure("cannot write \(path): \(error)")
    }
  }

  private static func real(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path(percentEncoded: false)
  }
}

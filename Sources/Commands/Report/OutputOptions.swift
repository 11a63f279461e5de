import ArgumentParser
import Foundation

/// Where a report goes.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: "Write the report into a file instead, whole or not at all; - is standard output.",
    completion: .file())
  var output: String?

  /// Writes a report to where somebody wants it.
  /// - Parameter inputs: what it was made of.
  func write(
    _ text: String, _ workspace: Workspace, inputs: [(name: String, path: String)] = []
  ) throws(CommandFailure) {
    guard let output, output != "-" else { return workspace.context.output.write(text) }
    try OutputFile(output, workspace, inputs: inputs).write(text)
  }
}

/// A file that somebody wants a report in.
struct OutputFile {
  private let path: String

  /// - Parameter inputs: what the report was made of, with names for people.
  /// - Throws: where the file is one of ours or of these, which a report would destroy.
  init(
    _ name: String, _ workspace: Workspace, inputs: [(name: String, path: String)] = []
  ) throws(CommandFailure) {
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
      ] + workspace.otherLedgers.map { ("the ledger", $0) } + inputs
    let real = Self.real(path)
    let number = Self.number(path)
    if let taken = ours.first(where: {
      Self.real($0.1) == real || Self.real($0.1 + "-wal") == real || number != nil && Self.number($0.1) == number
    }) {
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

  /// The number of a file in its file system: a name may be written in several ways (`Bill.csv`, `bill.csv`).
  private static func number(_ path: String) -> [UInt64]? {
    guard let facts = try? FileManager.default.attributesOfItem(atPath: path),
      let device = facts[.systemNumber] as? NSNumber, let number = facts[.systemFileNumber] as? NSNumber
    else { return nil }
    return [device.uint64Value, number.uint64Value]
  }

  private static func real(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path(percentEncoded: false)
  }
}

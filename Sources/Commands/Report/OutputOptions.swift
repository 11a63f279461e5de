import ArgumentParser
import Foundation
import Reading

/// Where a report goes.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: "Write the report into a file instead, whole or not at all; - is standard output.",
    completion: .file())
  var output: String?

  /// Writes a report to where somebody wants it.
  /// - Parameter inputs: what it was made of.
  func write(
    _ text: String, _ workspace: Workspace, inputs: [OutputFile.Input] = []
  ) throws(CommandFailure) {
    guard let file = try file(workspace, inputs: inputs) else { return workspace.context.output.write(text) }
    try file.write(text)
  }

  /// The file that the report goes to; `nil` for standard output. Asked for before the work, it refuses before the work.
  func file(_ workspace: Workspace, inputs: [OutputFile.Input] = []) throws(CommandFailure) -> OutputFile? {
    guard let output, output != "-" else { return nil }
    return try OutputFile(output, workspace, inputs: inputs)
  }
}

/// A file that somebody wants a report in.
struct OutputFile {
  private let path: String

  /// A file that the report is made of, with a name for people.
  typealias Input = (name: String, path: String)

  /// - Parameters:
  ///   - what: what is to be written.
  ///   - inputs: what it was made of.
  ///   - replacesLedgers: whether it may take the place of a ledger that is in no use.
  /// - Throws: where the file is one of ours, one of these, or one that holds records: it would be destroyed.
  init(
    _ name: String, _ workspace: Workspace, what: String = "a report", inputs: [Input] = [],
    replacesLedgers: Bool = false
  ) throws(CommandFailure) {
    do throws(SettingProblem) {
      path = try PathBase(
        folder: workspace.context.currentDirectory, home: workspace.context.homeDirectory, variables: nil
      ).absolute(name)
    } catch {
      throw CommandFailure("the output file \(error.sentence)", status: .usage)
    }
    let real = Self.real(path)
    let number = Self.number(path)
    let taken = (Self.ours(workspace) + inputs).first {
      Self.real($0.path) == real || number != nil && Self.number($0.path) == number
    }
    let kind = taken?.name ?? Self.inOurFolders(real, workspace) ?? Self.records(path, butLedgers: replacesLedgers)
    if let kind { throw CommandFailure("\(what) cannot be written over \(kind) \(path)", status: .usage) }
  }

  /// The files that this program works with.
  private static func ours(_ workspace: Workspace) -> [Input] {
    let settings = workspace.settings
    let ledgers = [settings.ledger.value] + workspace.otherLedgers
    let secrets = [settings.webhookFile.value, settings.heartbeatFile.value].compactMap(\.self)
    return [
      ("the history", settings.history.value), ("the configuration", settings.config.value),
      ("the router's configuration", settings.routerConfig.value),
    ] + ledgers.flatMap { path in ["", "-wal", "-shm", "-journal"].map { ("the ledger", path + $0) } }
      + secrets.map { ("the file of an address", $0) }
  }

  /// What a file of the folders is that this program reads; `nil` for one that it does not.
  private static func inOurFolders(_ real: String, _ workspace: Workspace) -> String? {
    let file = URL(filePath: real)
    let folder = Self.real(file.deletingLastPathComponent().path(percentEncoded: false))
    func isIn(_ path: String) -> Bool { Self.real(path) == folder }
    if HistoryStore(workspace).isFolder, isIn(workspace.settings.history.value),
      HistoryStore.isHistory(file.lastPathComponent)
    {
      return "a file of the history"
    }
    return ["yaml", "yml"].contains(file.pathExtension) && isIn(workspace.ownPricingFolder)
      ? "a file of prices" : nil
  }

  /// What a file holds that `ingest` reads: nobody wants a report in its place. `nil` for anything else.
  private static func records(_ path: String, butLedgers: Bool) -> String? {
    do throws(LogError) {
      switch try SourceSniffer.kind(ofFileAt: path) {
      case nil: return nil
      case .sqlite: return butLedgers ? nil : "the database"
      case .log, .wrapped, .encoded, .document: return "the log"
      case .gzip, .archive, .packed: return "the archive"
      }
    } catch .unreadable, .notAFile {
      return nil
    } catch {
      return "what may be a log,"
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
    let real = URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path(percentEncoded: false)
    return real.count > 1 && real.hasSuffix("/") ? String(real.dropLast()) : real
  }
}

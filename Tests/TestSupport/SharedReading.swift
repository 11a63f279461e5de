import Commands
import Foundation
import Synchronization

/// What reading fixtures leaves in a ledger: most tests of what is said of requests begin with the same ones.
extension TestContext {
  /// What a reading depends on.
  private struct Question: Hashable {
    var names: [String]
    var now: Int64
    var timeZone: TimeZone
    var environment: [String: String]
  }

  /// A file below the home folder.
  private struct File {
    var name: String
    var data: Data
    var mode: Int
  }

  private static let known = Mutex<[Question: Result<[File], any Error>]>([:])

  package struct ReadingFailed: Error {
    package var outcome: Outcome
  }

  /// Leaves what `ingest` of these fixtures leaves under a home folder without settings. Only the first test that asks
  /// for them, at the same instant and with the same environment, reads them.
  package func ingest(fixtures names: [String]) throws {
    let context = context
    let question = Question(
      names: names, now: context.now(), timeZone: context.timeZone, environment: context.environment)
    // Who asks meanwhile waits, instead of reading the same.
    let files = Self.known.withLock { known in
      let files = known[question] ?? Result { try Self.read(question) }
      known[question] = files
      return files
    }
    for file in try files.get() {
      let url = URL(filePath: home).appending(path: file.name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try file.data.write(to: url)
      try FileManager.default.setAttributes([.posixPermissions: file.mode], ofItemAtPath: "\(home)/\(file.name)")
    }
  }

  package func ingest(fixtures names: String...) throws { try ingest(fixtures: names) }

  private static func read(_ question: Question) throws -> [File] {
    try with(environment: question.environment) { test in
      test.context.now = { question.now }
      test.context.timeZone = question.timeZone
      let outcome = test.run(["ingest"] + question.names.map(Fixtures.path))
      guard outcome.exitCode == 0 else { throw ReadingFailed(outcome: outcome) }
      let files = FileManager.default
      return try files.subpathsOfDirectory(atPath: test.home).compactMap { name in
        let path = "\(test.home)/\(name)"
        let attributes = try files.attributesOfItem(atPath: path)
        guard attributes[.type] as? FileAttributeType == .typeRegular else { return nil }
        return File(
          name: name, data: try Data(contentsOf: URL(filePath: path)),
          mode: attributes[.posixPermissions] as? Int ?? 0o600)
      }
    }
  }
}

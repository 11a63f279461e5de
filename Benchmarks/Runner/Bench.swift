import ArgumentParser
import BenchmarkKit
import Foundation

/// Measures `ccr-audit`; see Benchmarks/README.md.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure ccr-audit against other programs, after checking that it is right.",
    subcommands: [RunSuite.self, Generate.self], defaultSubcommand: RunSuite.self)
}

/// `bench data`: generates data. A process of its own, because the memory of a program that starts others counts as
/// theirs on Linux.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Generate data and its truth.",
    discussion: """
      NAME is plain|quotes|tools-BYTES-PART, requests-COUNT, transcripts-FILES-BYTES or \
      litellm|spendlogs|freeclaudecode|telemetry-BYTES.
      """)

  @Argument var name: String
  @Option(help: "Where the data goes.") var folder: String

  func run() throws {
    guard let dataset = Dataset(name: name) else { throw ValidationError("There is no data called \(name).") }
    try dataset.generate(in: URL(filePath: folder))
  }
}

/// `bench run`: checks, measures, and prints the tables.
struct RunSuite: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Check, measure and print the tables.")

  @Option(help: "Where data, ledgers and peers are kept.") var folder: String = ".build/bench"
  @Option(help: "The folder of the built programs.") var programs: String
  @Option(help: "How often each command is timed. (default: 5, with --quick 11)") var runs: Int?
  @Flag(help: "100 MB, no peers but wc and find; fails when a bar is missed by more than half.") var quick = false
  @Flag(name: .customLong("without-large"), help: "Leave out 10 GB and 10 million requests.") var withoutLarge = false
  @Option(help: "A Markdown file whose part between the markers is replaced by the tables.") var document: String?

  func run() throws {
    let folder = URL(filePath: folder).standardizedFileURL
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let scale: Scale = quick ? .quick : withoutLarge ? .medium : .large
    // CI does not wait for what has become slow; it says so after fewer runs.
    let repetition = Repetition(runs: runs ?? (quick ? 11 : 5), patience: quick ? 8 : 300)
    var place = try Place(folder: folder, programs: URL(filePath: programs).standardizedFileURL, repetition)
    defer { place.clean() }
    let suite = Suite(scale)
    try suite.demandSpace(in: place)
    if !quick { place.findPeers() }
    try suite.generate(in: place)

    let wrong = try suite.check(in: place)
    guard wrong.isEmpty else {
      for sentence in wrong { say("wrong result: \(sentence)") }
      throw ExitCode.failure
    }
    let results = try suite.measure(in: place)
    let text = results.text(Machine.text(place, scale))
    FileHandle.standardOutput.write(Data(text.utf8))
    if let document { try Document.replace(in: URL(filePath: document), with: text) }
    let far = (results.outcomes + results.memory).filter(\.isFar)
    if quick, !far.isEmpty {
      for outcome in far { say("missed by more than half: \(outcome.name)") }
      throw ExitCode.failure
    }
  }
}

/// Says something that is no result.
func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

/// The part of a Markdown file that is written by the program.
enum Document {
  static let begin = "<!-- begin of what `make bench` prints -->\n"
  static let end = "<!-- end of what `make bench` prints -->"

  static func replace(in url: URL, with text: String) throws {
    let old = try String(contentsOf: url, encoding: .utf8)
    guard let begin = old.range(of: begin), let end = old.range(of: end), begin.upperBound <= end.lowerBound else {
      throw RunFailure(description: "\(url.relativePath) has no markers")
    }
    let new = old[..<begin.upperBound] + "\n" + text + "\n" + old[end.lowerBound...]
    try Data(new.utf8).write(to: url, options: .atomic)
  }
}

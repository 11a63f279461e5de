import BenchmarkKit
import Foundation

/// Where everything is.
struct Place {
  let folder: URL
  let repetition: Repetition
  private let programs: URL
  private let work: URL
  /// Python with DuckDB in it.
  private(set) var duckDB: String?
  private(set) var jq: String?
  private(set) var ripgrep: String?
  let strace = Installed.path("strace")

  init(folder: URL, programs: URL, _ repetition: Repetition) throws {
    (self.folder, self.programs, self.repetition) = (folder, programs, repetition)
    work = folder.appending(path: "work")
    try? FileManager.default.removeItem(at: work)
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
  }

  /// Removes the ledgers; the data stays.
  func clean() { try? FileManager.default.removeItem(at: work) }

  /// Finds the peers, and puts DuckDB into an environment of its own.
  mutating func findPeers() {
    (jq, ripgrep) = (Installed.path("jq"), Installed.path("rg"))
    let python = folder.appending(path: "peers/bin/python").path(percentEncoded: false)
    if !FileManager.default.isExecutableFile(atPath: python), let system = Installed.path("python3") {
      say("installing DuckDB from PyPI into \(folder.appending(path: "peers").path(percentEncoded: false))")
      _ = try? Command(system, ["-m", "venv", folder.appending(path: "peers").path(percentEncoded: false)]).run()
    }
    if (try? Command(python, ["-c", "import duckdb"]).run()) == nil {
      _ = try? Command(python, ["-m", "pip", "install", "--quiet", "duckdb"]).run()
    }
    duckDB = (try? Command(python, ["-c", "import duckdb"]).run()) == nil ? nil : python
    for (name, path) in [("jq", jq), ("rg", ripgrep), ("DuckDB", duckDB)] where path == nil {
      say("\(name) is missing; its rows stay empty")
    }
  }

  var program: String { programs.appending(path: "ccr-audit").path(percentEncoded: false) }
  var emptyProgram: String { programs.appending(path: "bench-empty").path(percentEncoded: false) }
  var ownProgram: String { programs.appending(path: "bench").path(percentEncoded: false) }

  func path(_ dataset: Dataset) -> String { dataset.path(in: folder).path(percentEncoded: false) }

  /// The truth of a dataset that was generated.
  func truth(_ dataset: Dataset) throws -> Truth {
    guard let truth = dataset.truth(in: folder) else {
      throw RunFailure(description: "\(dataset.name) is not there any more")
    }
    return truth
  }

  /// A ledger of its own for each name.
  func ledger(_ name: String) -> BenchLedger {
    BenchLedger(folder: work.appending(path: name), program: program, home: work.appending(path: "home"))
  }

  /// A folder of one's own with the prices of `RequestLog`, above the built-in table.
  var pricing: String { folder.appending(path: "pricing").path(percentEncoded: false) }

  /// Writes the pricing table anew.
  func writePricing() throws {
    let url = URL(filePath: pricing)
    try? FileManager.default.removeItem(at: url)
    try PriceList.write(to: url)
  }

  /// A file for what is needed in passing.
  func scratch(_ name: String) -> URL { work.appending(path: name) }
}

/// A ledger that a benchmark fills and asks.
struct BenchLedger {
  /// What holds the ledger and all that the program keeps beside it.
  let folder: URL
  let program: String
  let home: URL

  func command(_ arguments: [String]) -> Command {
    let file = folder.appending(path: "ledger.sqlite").path(percentEncoded: false)
    let history = folder.appending(path: "history.jsonl").path(percentEncoded: false)
    var command = Command(
      program,
      arguments + ["--config", "/dev/null", "--ledger", file, "--history", history, "--timezone", "UTC", "--quiet"])
    command.environment["HOME"] = home.path(percentEncoded: false)
    return command
  }

  func ingest(_ path: String) -> Command { command(["ingest", path]) }

  func report(_ arguments: [String]) -> Command { command(["report"] + arguments + ["--format", "json"]) }

  func remove() throws {
    if FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)) {
      try FileManager.default.removeItem(at: folder)
    }
  }

  /// Puts another ledger's files in place of these.
  func restore(_ other: BenchLedger) throws {
    try remove()
    try FileManager.default.copyItem(at: other.folder, to: folder)
  }

  /// The database with its journals, bytes.
  var bytes: Int {
    let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.fileSizeKey])
    return (files ?? []).filter { $0.lastPathComponent.hasPrefix("ledger.sqlite") }
      .reduce(0) { $0 + ((try? $1.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0) }
  }

  /// What differs between this ledger and the truth.
  func differences(
    _ truth: Truth, _ arguments: [String] = ["--all"], days: ClosedRange<String>? = nil
  ) throws -> [String] {
    try Comparison.differences(truth.totals(days), report: report(arguments).run().output)
  }
}

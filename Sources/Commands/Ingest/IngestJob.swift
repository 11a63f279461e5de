import Foundation
import Ledger
import Pricing
import Reading
import Model
import Report

/// Reading logs into the ledger, as `ingest` and `run` do it.
struct IngestJob {
  private let workspace: Workspace
  private let reading: ReadingOptions

  init(_ workspace: Workspace, _ reading: ReadingOptions) {
    self.workspace = workspace
    self.reading = reading
  }

  /// Reads what is new, and says what was read and what was left out. The caller holds the ledger's lock.
  /// - Parameters:
  ///   - paths: as named on the command line; none means the configured places.
  ///   - source: what every log is read as, whatever it looks like.
  ///   - again: reads files from their start.
  func run(
    _ paths: [String], into ledger: LedgerFile, source: SourceName? = nil, again: Bool = false
  ) throws(CommandFailure) -> IngestReport {
    let notes = workspace.notes
    let (configuration, failure) = try configuration()
    let providers = ProviderNames(configuration: configuration) { () throws(CommandFailure) in try workspace.prices() }
    let places = try places(paths)
    if paths.isEmpty {
      for path in workspace.settings.missingLogs {
        notes.warning(
          "\(path) does not exist, and nothing of it is read: `logs:` (\(workspace.settings.logs.origin)) names it")
      }
    }
    do throws(LedgerError) {
      let line = ProgressLine(on: workspace.context, notes)
      var options = Ingest.Options(
        configuration: configuration, provider: providers.name, source: source,
        jobs: reading.jobs(cores: workspace.context.cores), standardInput: workspace.context.inputDescriptor)
      options.again = again
      options.version = ProgramVersion.current
      options.names = workspace.settings.names.value
      options.now = workspace.context.now()
      let ingested = try Ingest(into: ledger, options, progress: line.show).run(places)
      line.clear()
      // Whose records these are must be known where the ledger may only be read. Without a pricing table that can be read,
      // the next command finds it.
      do throws(CommandFailure) { _ = try workspace.id(of: ledger) } catch { notes.detail(error.sentence) }
      var report = ingested
      let barren = report.foldersWithoutRecords.map {
        "\(PathText.shown($0)) holds no record of any router or client that ccr-audit knows; `ccr-audit init` says where they are looked for"
      }
      // A place that was named has to hold some; the usual ones may be empty.
      if paths.isEmpty {
        barren.forEach(notes.detail)
      } else {
        report.failures += barren + report.notUnderstood
        report.notUnderstood = []
      }
      if let failure { report.failures.insert(failure, at: 0) }
      describe(report)
      return report
    } catch .noSuchPath(let path) {
      throw CommandFailure(
        "\(PathText.shown(path)) does not exist",
        hint: "name a file or folder that is there; `ccr-audit ingest` alone reads the usual places")
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Reads as a part of a job, and notes that all was read whatever becomes of the job's other parts.
  func runPart(_ paths: [String], into ledger: LedgerFile) throws(CommandFailure) -> IngestReport {
    try JobRecord("reading", ledger, workspace.context).keep { () throws(CommandFailure) in
      let report = try run(paths, into: ledger)
      if let failure = Self.failure(of: report) { throw failure }
      return report
    }
  }

  /// What makes an ingest that went to its end a failure all the same.
  static func failure(of report: IngestReport) -> CommandFailure? {
    guard let first = report.failures.first else { return nil }
    let more = report.failures.count > 1 ? " (and \(report.failures.count - 1) more)" : ""
    let rest = report.filesRead + report.filesUnchanged > 0 ? "; everything else was read" : ""
    return CommandFailure("\(first)\(more)\(rest)")
  }

  /// The router deletes its logs within hours: one that has a broken configuration is read without it. Only a file that
  /// the command line names has to be there.
  private func configuration() throws(CommandFailure) -> (RouterConfiguration, failure: String?) {
    do throws(CommandFailure) {
      return (try workspace.routerConfiguration(), nil)
    } catch {
      if case .flag = workspace.settings.routerConfig.origin,
        !FileManager.default.fileExists(atPath: workspace.settings.routerConfig.value)
      {
        throw error
      }
      return (.none, error.sentence)
    }
  }

  /// Refuses what cannot be meant before a ledger is made: an empty path, and a machine that has neither records nor a
  /// ledger.
  func requirePlaces(_ named: [String]) throws(CommandFailure) {
    let isNew = try !workspace.hasLedger()
    if named.contains("") || isNew {
      _ = try places(named)
    }
  }

  /// A path of the command line; `-` is standard input.
  static func absolute(_ path: String, in context: Context) -> String {
    path == "-" ? path : context.absolute(path)
  }

  private func places(_ named: [String]) throws(CommandFailure) -> [String] {
    if named.contains("") {
      throw CommandFailure("a path is empty", hint: "name a file or folder; `.` is this folder", status: .usage)
    }
    if !named.isEmpty {
      return named.map { Self.absolute($0, in: workspace.context) }
    }
    let logs = workspace.settings.logs
    let present = logs.value.filter { !Settings.isMissing($0) }
    guard present.isEmpty else { return present }
    throw workspace.unset(
      "there are no records at \(logs.value.joined(separator: ", "))",
      hint: "use the router or Claude Code first; or name a file or folder, `ccr-audit ingest PATH`; or set `logs:` in "
        + workspace.settings.config.value)
  }

  private func describe(_ report: IngestReport) {
    let notes = workspace.notes
    // Numbers for scripts, without separators.
    func count(_ number: some BinaryInteger, _ thing: String) -> String {
      "\(number) \(Plural.of(thing, number))"
    }
    let rows = report.rowsRead > 0 ? " and \(count(report.rowsRead, "row"))" : ""
    notes.note(
      "read \(count(report.bytesRead, "byte"))\(rows) of \(count(report.filesRead, "file")), "
        + "\(count(report.requestsAdded, "new request")); \(report.filesUnchanged) unchanged")
    for file in report.filesInOtherForms.prefix(5) { notes.warning(file) }
    if report.filesInOtherForms.count > 5 {
      notes.note("  and \(count(report.filesInOtherForms.count - 5, "more file")) in forms that are not read")
    }
    if report.filesForeign > 0 {
      notes.detail(
        "\(Figures.count(report.filesForeign, "file")) \(report.filesForeign == 1 ? "is" : "are") no log that ccr-audit knows"
      )
    }
    if report.skippedCount > 0 {
      let lines = Figures.count(report.skippedCount, "line")
      notes.warning("\(lines) skipped:")
      for place in report.skipped.prefix(20) {
        notes.note("  \(PathText.shown(place.path)):\(place.line.line) \(place.line.reason.rawValue)")
      }
      if report.skippedCount > 20 { notes.note("  and \(report.skippedCount - 20) more") }
    }
    if report.headlessParts > 0 {
      let words = Figures.count(report.headlessParts, "part") + " of requests whose beginning no log holds"
      // Nothing new from something read is never silent.
      if report.requestsAdded == 0, report.bytesRead > 0 { notes.note(words) } else { notes.detail(words) }
    }
    if !report.waitingCalls.isEmpty {
      let count = report.waitingCalls.count
      let words = "\(Figures.count(count, "call")) whose end no record holds yet"
      if report.requestsAdded == 0 { notes.note(words) } else { notes.detail(words) }
    }
    for rows in report.skippedRows {
      notes.warning("\(Figures.count(rows.count, "row")) of \(rows.path) skipped: \(rows.reason.rawValue)")
    }
    for words in report.notUnderstood + report.changedMeanwhile {
      notes.warning("\(words); it is tried again next time")
    }
    describe(report.filesWithoutRequests, "no request in it", "hold no request")
    describe(
      report.filesUnfinished, "its last line is unfinished and waits", "end with an unfinished line, which waits")
    // Whoever called says the first one, as why it failed.
    for failure in report.failures.dropFirst() { notes.warning(failure) }
  }
}

extension IngestJob {
  /// Says what files have in common: of one its name, of more their number.
  private func describe(_ paths: [String], _ one: String, _ many: String) {
    if paths.count == 1 { workspace.notes.note("\(PathText.shown(paths[0])): \(one)") }
    if paths.count > 1 { workspace.notes.note("\(paths.count) files \(many), \(PathText.shown(paths[0])) for one") }
  }
}

/// One line on a terminal's standard error that is written over as work goes on, once it takes more than a second.
struct ProgressLine: Sendable {
  private let context: Context
  private let isShown: Bool
  private let start: Int64

  init(on context: Context, _ notes: Notes) {
    self.context = context
    self.isShown = context.errors.isTerminal && notes.verbosity != .quiet
    self.start = context.now()
  }

  func show(_ progress: IngestProgress) {
    guard isShown, context.now() - start > 1000, progress.total > 0 else { return }
    let share = progress.done * 100 / progress.total
    let name = SafeText.terminal(URL(filePath: progress.path).lastPathComponent, columns: 60)
    let line = "reading \(name): \(progress.done >> 20) of \(progress.total >> 20) MiB, \(share) %"
    context.errors.write("\r\u{1B}[2K" + line.prefix(max(20, (context.errors.width ?? 80) - 1)))
  }

  func clear() {
    if isShown { context.errors.write("\r\u{1B}[2K") }
  }
}

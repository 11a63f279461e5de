import ArgumentParser
import Ledger
import Model
import Pricing
package import Reading
import Report

/// `ccr-audit ingest`: reads logs into the ledger.
struct IngestCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Read what is new in router logs into the ledger.",
    discussion: """
      Reads only what was not read before, so it can run every few minutes; the router deletes its logs within hours.
      Logs may be renamed, truncated, copied and read in any order: a request counts once. A source is told by its \
      content: claude-code-router's logs and stores, Claude Code's transcripts, free-claude-code's log, also gzipped.

        ccr-audit ingest
        ccr-audit ingest ~/old-logs ~/.claude/projects
        ssh build-host cat ccr.log | ccr-audit ingest -
      """)

  @Argument(
    help: "Files and folders of any source; - is standard input. (default: the configured places)", completion: .file())
  var paths: [String] = []

  @Option(
    help: "Read every log as this source, whatever it looks like.",
    completion: .list(Sources.all.logNames.map(\.rawValue)))
  var source: SourceName?

  @Flag(help: "Read files from their start, also those that were read before.")
  var again = false

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var router: RouterOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: router.flags)
    try IngestJob(workspace, reading).requirePlaces(paths)
    let ledger = try reading.ledger(workspace)
    try workspace.locked(ledger) { () throws(CommandFailure) in
      // A new ledger keeps its sums apart where prices do, from the first request on: nothing is summed twice.
      if (try? ledger.span()) == nil, let limits = try? workspace.prices().grain.promptLimits {
        _ = try? ledger.rebuild(promptLimits: limits)
      }
      try JobRecord("ingest", ledger, context).keep { () throws(CommandFailure) in
        let report = try IngestJob(workspace, reading).run(paths, into: ledger, source: source, again: again)
        // An alert that failed at the daily run does not wait a day for the next one.
        do throws(CommandFailure) {
          let outcome = try DeliveryJob(workspace, ledger: ledger).flush()
          if !outcome.failed.isEmpty || !outcome.waiting.isEmpty || outcome.later + outcome.orphans > 0 {
            workspace.notes.warning("alerts: \(outcome.words)")
          } else if outcome.delivered > 0 {
            workspace.notes.note("alerts: \(outcome.words)")
          }
          if outcome.refused > 0 {
            // It was a warning when it was refused, and the next run tries it again.
            let count = Figures.count(outcome.refused, "message")
            workspace.notes.note("alerts: \(count) of the last week refused before; `ccr-audit alert list` says why")
          }
        } catch {
          workspace.notes.warning("alerts: \(error.sentence)")
        }
        if let failure = IngestJob.failure(of: report) { throw failure }
      }
    }
  }
}

extension SourceName: ExpressibleByArgument {
  package init?(argument: String) {
    guard let name = Self.all.first(where: { $0.rawValue == argument }) else { return nil }
    self = name
  }

  package static var allValueStrings: [String] { all.map(\.rawValue) }

  private static var all: [SourceName] { Sources.all.logNames }
}

import ArgumentParser
import Audit
import Ledger
import Model
import Report

/// `ccr-audit ledger separate`: a copied machine becomes one of its own.
struct LedgerSeparate: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "separate",
    abstract: "Make a copied ledger another machine's, as on a cloned virtual machine.",
    discussion: """
      A copy has the id of the ledger that it was copied from: the two are added up to none, and on a fleet's server \
      they are one machine, of which only the last push of an hour counts. Run this on one of the two, with the time of \
      the copy. It draws another id, and removes what the ledger held before, requests and sums, which the other one \
      holds; logs of that time are not read again. `ledger backup` first keeps what is removed.

        ccr-audit ledger separate --since 2026-11-20T10:30Z
      """)

  @Option(help: "When it was copied: a day, from its begin on, or a time (YYYY-MM-DDTHH:MMZ, UTC).")
  var since: DayOrTime

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let instant = since.instant(in: workspace)
    guard instant <= context.now() else { throw CommandFailure("--since is in the future", status: .usage) }
    let configuration = try workspace.routerConfiguration()
    let providers = ProviderNames(configuration: configuration) { () throws(CommandFailure) in try workspace.prices() }
    let former = try workspace.origin(of: try workspace.existingLedger())
    let (left, sent) = try workspace.exclusively { ledger throws(LedgerError) in
      try ledger.separate(since: instant, provider: providers.name)
    }
    workspace.notes.note(
      "this ledger has an id of its own now, and \(Figures.count(left, "request")) since \(since.text)")
    if sent {
      workspace.notes.note(
        "what it sent as the other machine counts no more with the next `ccr-audit push`; then push on the other one, too: "
          + "it sends again what this one wrote over")
    }
    try sayWhatIsLeft(of: former, since: instant, workspace)
  }

  /// What else of this machine still has the other one's name.
  private func sayWhatIsLeft(of former: String, since instant: Int64, _ workspace: Workspace) throws(CommandFailure) {
    if let name = workspace.settings.origin.value {
      workspace.notes.warning(
        "`origin: \(Display.text(name))` (\(workspace.settings.origin.origin)) names both machines; give this one another name"
      )
    }
    let day = CivilDay(milliseconds: instant, in: workspace.settings.timeZone.value)
    let records = try HistoryStore(workspace).readable().log.newest.filter { $0.origin == former && $0.day >= day }
    guard !records.isEmpty else { return }
    workspace.notes.warning(
      "\(Figures.count(records.count, "record")) of the history from \(day) on \(records.count == 1 ? "is" : "are") of "
        + "origin \(Display.text(former)); remove what this machine wrote, or it counts twice")
  }
}

/// A day of the configured time zone, or a time.
struct DayOrTime: ExpressibleByArgument {
  let text: String
  private let day: CivilDay?
  private let time: Int64?

  init?(argument: String) {
    text = argument
    day = CivilDay(argument)
    // Seconds may be left out.
    let time = argument.utf8.count == 17 && argument.hasSuffix("Z") ? "\(argument.dropLast()):00Z" : argument
    self.time = ISOTime.read(time)
    guard day != nil || self.time != nil else { return nil }
  }

  func instant(in workspace: Workspace) -> Int64 {
    time ?? day?.start(in: workspace.settings.timeZone.value) ?? 0
  }
}

import Audit
import Foundation
import Ledger
import Pricing
import Report
import Model

/// The daily job. Each step is tried whatever became of the others, and says in one line how it went.
final class RunJob {
  /// How a step went.
  struct Step {
    var name: String
    var detail: String
    var failed: Bool
  }

  private let workspace: Workspace
  private let ledger: LedgerFile
  private let job: AuditJob
  private(set) var steps: [Step] = []
  /// Whether a step that went well says so only to who wants to know.
  private var isBrief = false
  /// The audit of the last day, and what its readers should know.
  private(set) var report: (audit: AuditReport, notes: ReportNotes)?

  init(_ workspace: Workspace, ledger: LedgerFile) throws(CommandFailure) {
    self.workspace = workspace
    self.ledger = ledger
    self.job = try AuditJob(workspace, ledger: ledger)
  }

  /// Everything that went wrong, in words; `nil` where nothing did.
  var failure: CommandFailure? {
    let failed = steps.filter(\.failed)
    guard !failed.isEmpty else { return nil }
    let names = failed.map(\.name).joined(separator: ", ")
    return CommandFailure("run: \(names) failed; everything else was done (\(failed[0].detail))")
  }

  /// Does the job.
  /// - Parameters:
  ///   - paths: what to read.
  ///   - reading: how.
  ///   - date: the day to audit; `nil` for yesterday and the days that were missed before it.
  func run(_ paths: [String], _ reading: ReadingOptions, date: CivilDay?) {
    let limits = job.prices.grain.promptLimits
    if (try? ledger.keepsApart(promptLimits: limits)) != true {
      // A new ledger has nothing to sum.
      isBrief = (try? ledger.span()) == nil
      _ = step("sums") { () throws(CommandFailure) in
        let count = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.rebuild(promptLimits: limits) }
        return ((), "\(Figures.count(count, "request")) summed again: prices tell other prompt lengths apart")
      }
      isBrief = false
    }
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    let audited = (try? ledger.auditedDays()) ?? [:]
    let days = days(date, today: today, audited: audited)
    // Before an hour of reading, which may not come to its end.
    _ = try? ledger.noteDue(days.due.filter { $0 < today }, at: workspace.context.now())
    let skipped = step("ingest") { () throws(CommandFailure) in
      let report = try IngestJob(workspace, reading).runPart(paths, into: ledger)
      return (report.skippedCount, "\(Figures.count(report.requestsAdded, "new request"))")
    }
    let isSound = looksSound()
    mendHistory()
    if date == nil { writeMissingDays(beside: days, audited: audited, today: today) }
    let all = changedDays(days.finished) + days.due
    let silent = date == nil ? silentDays(all.dropLast()) : []
    // A change of a day that was done long ago, or before the first audited one, is no news.
    let news = all.filter {
      days.due.contains($0) || audited[$0] == true && AuditDays.tellsOfChange(on: $0, today: today)
    }
    for day in all {
      isBrief = silent.contains(day)
      audit(day, news: news, today: today, ingest: isSound ? skipped : nil)
    }
    isBrief = false
    if let first = silent.min(), let last = silent.max(), workspace.notes.verbosity != .verbose {
      workspace.notes.note(
        "no requests on \(Figures.count(silent.count, "day")) from \(first) to \(last)")
    }
    if date == nil { reportLastDay(today: today, isFirst: audited.isEmpty) }
    sayWhatIsBroken()
    _ = step("budgets and plans") { () throws(CommandFailure) in
      let told = try NoticeJob(workspace, job).judge(in: ledger)
      if let last = report?.audit.period.until {
        report?.audit.budgets = try NoticeJob(workspace, job, warns: false).budgets(on: last)
      }
      return ((), Self.words(notices: told))
    }
    _ = step("alerts") { () throws(CommandFailure) in
      let outcome = try DeliveryJob(workspace, ledger: ledger).flush(.dueAndRefused)
      if !outcome.failed.isEmpty || !outcome.waiting.isEmpty { throw CommandFailure(outcome.words) }
      // Whoever wants no messages reads the report; they wait a week for a webhook.
      return ((), outcome.words)
    }
    writePages()
    push()
    signal()
  }

  /// Whether no damage is seen in the ledger. Days that are audited on a damaged one are not done.
  private func looksSound() -> Bool {
    isBrief = true
    defer { isBrief = false }
    let sound: Void? = step("check of the ledger") { () throws(CommandFailure) in
      try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.demandSoundness(newest: Self.mostSummed) }
      return ((), "whole")
    }
    return sound != nil
  }

  /// Of how many requests a run makes the sums itself: about a second.
  private static let mostSummed = 200_000

  /// Sends to the fleet's server what it does not have yet.
  private func push() {
    guard workspace.settings.fleet.url.value != nil else { return }
    _ = step("push") { () throws(CommandFailure) in
      ((), try PushJob(workspace, ledger: ledger).run().words)
    }
  }

  /// The day asked for; else yesterday, and before it the days that no run has finished or whose requests changed.
  private func days(_ date: CivilDay?, today: CivilDay, audited: [CivilDay: Bool]) -> AuditDays {
    var days = AuditDays(today: today, audited: audited, reach: workspace.settings.catchUpDays.value)
    if let date { (days.due, days.finished, days.lost) = ([date], [], nil) }
    if let lost = days.lost {
      workspace.notes.warning(
        "no run audited the days from \(lost.lowerBound) to \(lost.upperBound), and no alert tells of them: "
          + "`ccr-audit run --date DAY` judges one")
    }
    return days
  }

  /// Writes the finished days that the ledger holds and the history does not: all of them on the first run, later those
  /// that no run has looked at. Nobody is alerted of them.
  private func writeMissingDays(beside days: AuditDays, audited: [CivilDay: Bool], today: CivilDay) {
    let looked = Set(days.due + days.finished.filter { audited[$0] == true })
    let zone = workspace.settings.timeZone.value
    guard let used = try? ledger.recordedDays(scope: .all, timeZone: zone),
      case let candidates = used.filter({ $0 < today && !looked.contains($0) }), !candidates.isEmpty,
      let log = try? HistoryStore(workspace).readable().log, let origin = try? workspace.origin(of: ledger)
    else { return }
    let known = log.newest.filter { $0.origin == origin || $0.origin == nil }
    let missing = candidates.subtracting(known.map(\.day))
    guard let first = missing.min(), let last = missing.max() else { return }
    _ = step("history since \(first)") { () throws(CommandFailure) in
      let records = try job.records(first...last, origin: origin).filter { missing.contains($0.day) }
      let count = try HistoryStore(workspace).append(records, origin: origin)
      return ((), "\(Figures.count(count, "record")) appended")
    }
  }

  /// The days of which the history keeps what it has: those before the ledger was made anew, of which it holds less.
  private func kept(_ log: HistoryLog, beside current: [HistoryRecord], origin: String) -> Set<CivilDay> {
    guard let adopted = try? ledger.adopted() else { return [] }
    let last = CivilDay(milliseconds: adopted, in: workspace.settings.timeZone.value)
    return log.fullerDays(than: current, origin: origin).filter { $0 <= last }
  }

  /// Whoever runs this for the first time, or has no request from before today, reads of the last day that has requests,
  /// where yesterday has none. The history and alerts know finished days only.
  private func reportLastDay(today: CivilDay, isFirst: Bool) {
    guard let report, report.audit.coverage.counts.requests == 0, let held = try? job.days(),
      case let (yesterday, last) = (report.audit.period.until, held.upperBound), last != yesterday,
      isFirst || held.lowerBound > yesterday
    else { return }
    let state = last < today ? "" : ", not finished yet"
    let audited = step("audit of \(last), the last day with requests\(state)") { () throws(CommandFailure) in
      let audited = try self.audited(last...last)
      return (audited, Figures.count(audited.audit.coverage.counts.requests, "request"))
    }
    if let audited { self.report = audited }
  }

  /// The audit of days with what sets prices beside tokens, and what its readers should know.
  private func audited(
    _ days: ClosedRange<CivilDay>, skippedLines: Int = 0
  ) throws(CommandFailure) -> (audit: AuditReport, notes: ReportNotes) {
    var audit = try job.report(days)
    audit.extras = try job.extras(audit)
    return (audit, try job.notes(audit, skippedLines: skippedLines))
  }

  /// Those finished days of which the ledger says something else than the history: late logs, joins that came later.
  private func changedDays(_ days: [CivilDay]) -> [CivilDay] {
    guard let first = days.first, let last = days.last else { return [] }
    let changed = step("history") { () throws(CommandFailure) in
      let log = try HistoryStore(workspace).readable().log
      let origin = try workspace.origin(of: ledger)
      let current = try job.records(first...last, origin: origin)
      let gone = log.gone(from: current, days: first...last, origin: origin).map(\.day)
      let outdated = log.outdatedDays(by: current).union(gone).subtracting(kept(log, beside: current, origin: origin))
      let changed = days.filter(outdated.contains)
      return (
        changed, changed.isEmpty ? "nothing changed since" : "\(Figures.count(changed.count, "day")) changed since"
      )
    }
    return changed ?? []
  }

  /// The days without any request, which are not worth three lines each.
  private func silentDays(_ days: some Collection<CivilDay>) -> Set<CivilDay> {
    let zone = workspace.settings.timeZone.value
    // On most days there is none but the last.
    guard !days.isEmpty, let used = try? ledger.recordedDays(scope: .all, timeZone: zone) else { return [] }
    return Set(days).subtracting(used)
  }

  /// Before days are compared with the history: that of the torn record is written again.
  private func mendHistory() {
    guard let origin = try? workspace.origin(of: ledger),
      (try? HistoryStore(workspace).removeTornEnd(origin: origin)) == true
    else { return }
    workspace.notes.warning(
      "the history ended with half a record or NUL bytes, as a power cut leaves them: they were removed")
  }

  private func sayWhatIsBroken() {
    guard let broken = try? HistoryStore(workspace).readable().broken, let first = broken.first else { return }
    let more = broken.count == 1 ? "is no record" : "and \(Figures.count(broken.count - 1, "more line")) are no records"
    workspace.notes.warning(
      "\(first.path): line \(first.line) of the history \(more); `ccr-audit history verify` says why")
  }

  /// - Parameters:
  ///   - news: the audited days of which people are told.
  ///   - ingest: the lines that it skipped; `nil` where it failed or the ledger is damaged, so that the day is not done.
  private func audit(_ day: CivilDay, news: [CivilDay], today: CivilDay, ingest skippedLines: Int?) {
    let audited = step("audit of \(day)") { () throws(CommandFailure) in
      let audited = try self.audited(day...day, skippedLines: skippedLines ?? 0)
      return (audited, Figures.count(audited.audit.coverage.counts.requests, "request"))
    }
    guard let audited else { return }
    report = audited
    let store = HistoryStore(workspace)
    let appended = step("history of \(day)") { () throws(CommandFailure) in
      let origin = try workspace.origin(of: ledger)
      let records = try job.records(day...day, origin: origin)
      let log = try store.readable().log
      guard !kept(log, beside: records, origin: origin).contains(day) else {
        return (0, "holds more of the day, from before the ledger was made anew")
      }
      let gone = log.gone(from: records, days: day...day, origin: origin)
      let emptied = gone.map { $0.emptied(at: workspace.context.now()) }
      let count = try store.append(records + emptied, origin: origin)
      let held = records.isEmpty ? "no requests" : "holds the day already"
      return (count, count == 0 ? held : "\(Figures.count(count, "record")) appended")
    }
    guard news.contains(day) else { return }
    let noticed = judgePeriods(endedWith: day, of: news)
    // A past that cannot be read costs the message its trend, not the message.
    let history = (try? store.readable().log.newest)?.of(audited.audit.scope.shown) ?? []
    _ = step("verdict of \(day)") { () throws(CommandFailure) in
      let isComplete = skippedLines != nil && appended != nil && noticed && day < today
      let told = try AlertJob(workspace, job).judge(
        audited.audit, in: ledger, history: history, isComplete: isComplete)
      return ((), told == 0 ? "no new alerts" : "new alerts on \(Figures.count(told, "model"))")
    }
  }

  /// Judges the budgets and plans whose period ended with one of the audited days.
  /// - Returns: whether that is done.
  private func judgePeriods(endedWith day: CivilDay, of news: [CivilDay]) -> Bool {
    let notices = NoticeJob(workspace, job, warns: false)
    let ended = notices.ended(with: day, of: news)
    guard !ended.isEmpty else { return true }
    let told = step("budgets and plans of \(day)") { () throws(CommandFailure) in
      let told = try notices.judge(ended, in: ledger)
      return (told, Self.words(notices: told))
    }
    return told != nil
  }

  private static func words(notices count: Int) -> String {
    count == 0 ? "no new notices" : Figures.count(count, "new notice")
  }

  /// Writes the pages: of the day, and of the 30 days that end with it.
  private func writePages() {
    guard let path = workspace.settings.html.value, let report else { return }
    _ = step("page") { () throws(CommandFailure) in
      let last = report.audit.period.until
      let names = PageNames(path)
      let trends = try job.trends(report.audit.scope.shown)
      var day = ReportContent(report.audit, report.notes)
      day.trends = trends
      let days = last.advanced(by: -29)...last
      let audited = try self.audited(days)
      var month = ReportContent(audited.audit, audited.notes)
      month.audit.budgets = report.audit.budgets
      month.days = try job.report(days, by: .day).rows
      month.trends = trends
      var (dayPage, monthPage) = (day.page, month.page)
      dayPage.sibling = (names.monthAddress, "last 30 days")
      monthPage.sibling = (names.dayAddress, "last day")
      try OutputFile(names.day, workspace).write(dayPage.text)
      try OutputFile(names.month, workspace).write(monthPage.text)
      return ((), "written")
    }
  }

  /// Tells the watchers that the run went well, and the collector what it found.
  private func signal() {
    if let path = workspace.settings.prometheusFile.value, let audit = report?.audit {
      _ = step("metrics") { () throws(CommandFailure) in
        _ = try OutputFile(path, workspace, what: "metrics")
        let success = failure == nil ? workspace.context.now() : try lastSuccess()
        do throws(DeliveryError) {
          try RunMetrics.textfile(
            audit, lastSuccess: success, isOK: failure == nil, messages: try? ledger.messages()
          ).write(to: path)
        } catch {
          throw CommandFailure("\(error)")
        }
        return ((), "written")
      }
    }
    guard let path = workspace.settings.heartbeatFile.value, failure == nil else { return }
    // A watchdog that cannot be reached raises the alarm by itself.
    _ = step("heartbeat") { () throws(CommandFailure) in
      do throws(DeliveryError) {
        guard let url = try WebhookSource(environment: [:], file: path).load() else { return ((), "none") }
        if let warning = Heartbeat.send(to: url, over: workspace.context.transport) {
          workspace.notes.warning(warning)
        }
      } catch {
        throw CommandFailure("\(error)")
      }
      return ((), "done")
    }
  }

  private func lastSuccess() throws(CommandFailure) -> Int64? {
    try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.jobs() }.first { $0.name == "run" }?.succeeded
  }

  private func step<Value>(
    _ name: String, _ body: () throws(CommandFailure) -> (value: Value, detail: String)
  ) -> Value? {
    do throws(CommandFailure) {
      let (value, detail) = try body()
      steps.append(Step(name: name, detail: detail, failed: false))
      if isBrief { workspace.notes.detail("\(name): \(detail)") } else { workspace.notes.note("\(name): \(detail)") }
      return value
    } catch {
      steps.append(Step(name: name, detail: error.sentence, failed: true))
      workspace.notes.warning("\(name) failed: \(error.sentence)")
      return nil
    }
  }
}

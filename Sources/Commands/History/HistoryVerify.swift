import ArgumentParser
import Audit
import Foundation
import Pricing
import Report
import Model

/// `ccr-audit history verify`: whether the history is whole and says what its tokens cost.
struct HistoryVerify: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Look for broken lines and wrong figures in the history; exit code 2 where there are some.",
    discussion: """
      Every line has to be a record whose sums add up, no two records of a day and model may differ that were made at \
      the same time, and where the pricing table is the one behind a record, its figures are computed again.

        ccr-audit history verify --history team/history.jsonl --pricing pricing
      """)

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let path = workspace.settings.history.value
    var check = HistoryCheck(prices: try workspace.prices())
    for file in try HistoryStore(path: path).files() {
      let lines = try file.bytes().split(separator: 0x0A, omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() { check.take(line, at: .init(file: file.path, line: index + 1)) }
    }
    guard check.records > 0 || !check.findings.isEmpty else { throw .noHistory(path) }
    for finding in check.findings {
      context.output.write("\(finding.place.file):\(finding.place.line): \(finding.sentence)\n")
    }
    let others = check.records - check.recomputed
    workspace.notes.note(
      "\(Figures.count(check.records, "record")), \(Figures.count(check.recomputed)) computed again"
        + (others > 0 ? "; \(Figures.count(others)) priced by other tables than this one" : ""))
    guard check.findings.isEmpty else { throw CommandFailure("the history \(path) is broken") }
    _ = try HistoryStore(path: path).read()
  }
}

/// The findings in a history, line by line.
struct HistoryCheck {
  /// Where a line stands.
  struct Place: Hashable {
    var file: String
    var line: Int
  }

  /// What is wrong with a line.
  struct Finding: Hashable {
    var place: Place
    var sentence: String
  }

  private(set) var findings: [Finding] = []
  private(set) var records = 0
  private(set) var recomputed = 0

  private let prices: PriceTable
  private var seen: [Made: (place: Place, record: HistoryRecord)] = [:]

  private struct Made: Hashable {
    var key: HistoryRecord.Key
    var at: Int64
  }

  init(prices: PriceTable) { self.prices = prices }

  mutating func take(_ bytes: ArraySlice<UInt8>, at place: Place) {
    func find(_ sentence: String) { findings.append(Finding(place: place, sentence: sentence)) }
    guard let text = String(validating: bytes, as: UTF8.self) else { return find("is not UTF-8 text") }
    let record: HistoryRecord
    do throws(AuditError) {
      guard let only = try HistoryLog(text: text).records.first else { return }
      record = only
    } catch {
      switch error {
      case .historyLine(_, let problem): return find("\(problem)")
      }
    }
    records += 1
    let made = Made(key: record.key, at: record.recordedAt)
    if let (other, known) = seen[made] {
      let line = other.file == place.file ? "line \(other.line)" : "\(other.file):\(other.line)"
      if known != record { find("differs from \(line), which was made at the same time") }
    } else {
      seen[made] = (place, record)
    }
    guard let zone = TimeZone(identifier: record.timeZone) else { return find("has no valid `timezone`") }
    for time in record.parts.map(\.time) where CivilDay(milliseconds: time, in: zone) != record.day {
      return find("has `parts` of another day")
    }
    // One that says that there was nothing has no figure.
    guard record.pricingVersion == prices.version, record.counts.requests > 0 else { return }
    recomputed += 1
    for member in differences(record, zone) { find("has a wrong `\(member)`") }
  }

  /// The members that come out otherwise. A plan's part of the fee depends on the other models of its day.
  private func differences(_ record: HistoryRecord, _ zone: TimeZone) -> [String] {
    let again = HistoryRecord.records(
      of: record.slices, baseline: record.baseline, timeZone: zone, now: record.recordedAt, prices: prices
    ).first
    guard let again, again.billing == record.billing else { return ["billing"] }
    let isPlan = record.billing.plan != nil
    return [
      ("cost_usd", isPlan || again.cost == record.cost),
      ("baseline_cost_usd", again.baselineCost == record.baselineCost),
      ("ratio", again.ratio == record.ratio), ("unpriced", again.unpriced == record.unpriced),
    ].filter { !$0.1 }.map(\.0)
  }
}

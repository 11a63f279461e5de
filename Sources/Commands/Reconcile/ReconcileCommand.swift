package import ArgumentParser
import Audit
import Foundation
import Ledger
import Model
import Pricing
import Reading
import Report

/// `ccr-audit reconcile`: our figures against what a provider charged.
package struct ReconcileCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "Compare the ledger with a provider's bill, and explain each difference.",
    discussion: """
      Reads exports of DeepSeek (ZIP or CSV), Anthropic (Console CSV, Admin API), OpenRouter (logs, activity), OpenAI, \
      MiniMax, Z.ai, LiteLLM's spend logs (a claim, no bill), and any CSV with --columns. A file is told by its \
      content. Nothing is changed: neither prices nor measured tokens.

      A difference is explained in this order: price, unmeasured requests, requests that nobody here sent, requests \
      that the bill lacks, charges for something else than tokens, rounding. What is left is unexplained. Where the \
      bill lists single requests, they are matched one by one.

        ccr-audit reconcile usage-2026-11.zip
        ccr-audit reconcile bill.csv --from csv --provider deepseek --columns day=Date,model=Model,cost=Total

      Exit codes: 0 all is explained; 1 something is not; 2 a file cannot be read, or no day is in both.
      """)

  @Argument(help: "The exported files; several of one provider and zone are taken together.")
  var files: [String]

  @Option(
    help:
      "Whose bill it is, where the content does not tell: \(BillSeller.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var from: BillSeller?

  @Option(help: "The provider as the ledger names it; by default the one that made the bill.")
  var provider: String?

  @Option(help: "Only what went by keys of this name. Repeats.")
  var key: [String] = []

  @Option(help: "By whose clock the bill's days are, such as Asia/Shanghai; by default the bill's own.")
  var billTimezone: String?

  @Option(name: .customLong("currency"), help: "The bill's currency, such as CNY, where the file does not say it.")
  var currency: String?

  @Option(help: "How much may stay unexplained of a model: 0.5% or 0.01. By default the greater of both.")
  var tolerance: ToleranceOption?

  @Option(
    help:
      "What the columns of a CSV are: day=TITLE,model=TITLE,cost=TITLE, and requests, key, rate, fee, input, cache_read, cache_write_5m, cache_write_1h, output, or class with tokens."
  )
  var columns: ColumnsOption?

  @Flag(help: "Keep what the bill says beside the requests; reports then say what it measured. A bill counts once.")
  var record = false

  @Option(help: "What a row is for: day, or key for the names of keys.")
  var by: Rows = .day

  @Option(help: "How to print.")
  var format: BillFormat = .table

  @OptionGroup var output: OutputOptions

  @OptionGroup var options: GlobalOptions

  /// What a row of the report is for.
  enum Rows: String, CaseIterable, ExpressibleByArgument { case day, key }

  /// How a comparison is written.
  enum BillFormat: String, CaseIterable, ExpressibleByArgument { case table, json, markdown, html }

  package init() {}

  package func validate() throws {
    if from == .csv, columns == nil { throw ValidationError("--from csv needs --columns day=TITLE,model=TITLE,…") }
    if let columns, columns.titles["day"] == nil { throw ValidationError("--columns has to name the day.") }
    if record, !key.isEmpty { throw ValidationError("--record keeps whole bills: leave out --key.") }
    if let billTimezone, TimeZone(identifier: billTimezone) == nil {
      throw ValidationError("--bill-timezone \(billTimezone) is no time zone; Asia/Shanghai is one.")
    }
  }

  package func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let ledger = try record ? workspace.existingLedger() : workspace.ledgerToRead()
    let prices = try workspace.prices()
    let contents = try contents(in: context)
    var outcomes: [ReconcileJob.Outcome] = []
    for bill in try bills(contents) {
      guard let provider = provider ?? bill.provider else {
        throw CommandFailure(
          "\(bill.format) does not say whose bill it is", hint: "name the provider with --provider")
      }
      let job = ReconcileJob(ledger: ledger, prices: prices, bill: bill, provider: provider, keys: key)
      outcomes.append(try job.outcome(byKey: by == .key, now: context.now()))
    }
    let tolerance = tolerance?.value ?? .usual
    let report = ReconcileReport(
      sections: outcomes.map(\.section), tolerance: tolerance, pricing: prices.version)
    let text =
      switch format {
      case .table: report.text(style: workspace.style)
      case .json: report.json
      case .markdown: report.markdown
      case .html: report.page(program: "ccr-audit \(CCRAudit.version)", now: context.now())
      }
    try output.write(text, workspace)
    if record { try keep(outcomes, contents.map(\.bytes), in: workspace, ledger) }
    let open = outcomes.flatMap { $0.section.result.unexplained(tolerance: tolerance) }
    guard open.isEmpty else {
      throw CommandFailure(
        "not explained: "
          + open.map { "$\($0.amount.rounded(places: 6)) of \(SafeText.terminal($0.model.description))" }
          .joined(separator: ", "),
        status: .policy)
    }
  }

  /// Keeps what bills measured. A claim is somebody's own calculation and is not kept.
  private func keep(
    _ outcomes: [ReconcileJob.Outcome], _ contents: [[UInt8]], in workspace: Workspace, _ ledger: LedgerFile
  ) throws(CommandFailure) {
    try workspace.locked(ledger) { () throws(CommandFailure) in
      for outcome in outcomes {
        guard !outcome.section.isClaim else {
          workspace.notes.note("\(outcome.section.bill) is a claim, not a bill: not kept")
          continue
        }
        let isNew = try CommandFailure.ofLedger { () throws(LedgerError) in
          try ledger.record(outcome.record, outcome.uses, content: contents)
        }
        workspace.notes.note(
          isNew
            ? "kept what the bill says of \(outcome.record.provider), \(outcome.record.days.lowerBound) to "
              + "\(outcome.record.days.upperBound)" : "this bill was kept before")
      }
    }
  }

  /// What the files hold, by their paths.
  private func contents(in context: Context) throws(CommandFailure) -> [(path: String, bytes: [UInt8])] {
    let folder = URL(filePath: context.currentDirectory, directoryHint: .isDirectory)
    var contents: [(String, [UInt8])] = []
    for file in files {
      let path = URL(filePath: file, relativeTo: folder).absoluteURL.path(percentEncoded: false)
      guard let data = FileManager.default.contents(atPath: path) else { throw CommandFailure("cannot read \(file)") }
      contents.append((file, Array(data)))
    }
    return contents
  }

  /// The bills of all files; those of one seller and zone are one.
  private func bills(_ contents: [(path: String, bytes: [UInt8])]) throws(CommandFailure) -> [Bill] {
    let reader = BillReader(columns: columns?.titles ?? [:], timeZone: billTimezone.flatMap(TimeZone.init(identifier:)))
    var bills: [Bill] = []
    for (file, bytes) in contents {
      do throws(BillError) {
        bills += try reader.bills(bytes, path: file)
      } catch {
        throw CommandFailure(error.description, hint: Self.hint(error))
      }
    }
    for place in bills.indices {
      let seller = bills[place].seller
      if let from, from != seller {
        guard from == .csv || seller == .csv else {
          throw CommandFailure("this is a file of \(seller.rawValue): \(bills[place].format)", hint: "leave out --from")
        }
        bills[place].seller = from
        bills[place].provider = from.provider
      }
      if let zone = (billTimezone ?? options.common.timezone).flatMap(TimeZone.init(identifier:)) {
        bills[place].timeZone = zone
      }
      if let currency { bills[place].currency = currency.uppercased() }
    }
    let joined = Bill.joined(bills)
    // Of a file with several providers the one that is asked for.
    let asked = joined.filter { $0.provider?.lowercased() == provider?.lowercased() }
    return provider == nil || asked.isEmpty ? joined : asked
  }

  private static func hint(_ error: BillError) -> String? {
    switch error {
    case .unknownFormat(_, let seen) where !seen.isEmpty:
      "say what its columns are: --columns day=\(seen.first ?? "…"),model=…,cost=…"
    default: nil
    }
  }
}

extension BillSeller: ExpressibleByArgument {}

/// `0.5%` or `0.01`.
struct ToleranceOption: ExpressibleByArgument {
  var value: Reconciliation.Tolerance

  init?(argument: String) {
    if argument.hasSuffix("%") {
      guard let share = ExactAmount(argument.dropLast()), share >= .zero,
        let millionths = Int64(exactly: share.units / 100_000_000_000_000)
      else { return nil }
      value = Reconciliation.Tolerance(amount: .zero, share: millionths)
    } else {
      guard let amount = ExactAmount(argument), amount >= .zero else { return nil }
      value = Reconciliation.Tolerance(amount: amount, share: 0)
    }
  }
}

/// `day=Date,model=Model,cost=Total`.
struct ColumnsOption: ExpressibleByArgument {
  var titles: [String: String] = [:]

  init?(argument: String) {
    for part in argument.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, BillReader.columnNames.contains(pair[0]) else { return nil }
      titles[pair[0]] = pair[1]
    }
  }
}

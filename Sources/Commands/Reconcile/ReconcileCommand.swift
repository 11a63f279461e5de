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
      that the bill lacks, charges for something else than tokens, rounding. What is left is unexplained.

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

  @Option(help: "Whose days the bill has, such as Asia/Shanghai; by default the bill's own.")
  var billTimezone: String?

  @Option(help: "How much may stay unexplained of a model: 0.5% or 0.01. By default the greater of both.")
  var tolerance: ToleranceOption?

  @Option(
    help:
      "What the columns of a CSV are: day=TITLE,model=TITLE,cost=TITLE, and requests, key, rate, fee, input, cache_read, cache_write_5m, cache_write_1h, output, or class with tokens."
  )
  var columns: ColumnsOption?

  @Option(help: "What a row is for: day, or key for the names of keys.")
  var by: Rows = .day

  @Option(help: "How to print.")
  var format: BillFormat = .table

  @OptionGroup var options: GlobalOptions

  /// What a row of the report is for.
  enum Rows: String, CaseIterable, ExpressibleByArgument { case day, key }

  /// How a comparison is written.
  enum BillFormat: String, CaseIterable, ExpressibleByArgument { case table, json, markdown }

  package init() {}

  package func validate() throws {
    if from == .csv, columns == nil { throw ValidationError("--from csv needs --columns day=TITLE,model=TITLE,…") }
    if let columns, columns.titles["day"] == nil { throw ValidationError("--columns has to name the day.") }
    if let billTimezone, TimeZone(identifier: billTimezone) == nil {
      throw ValidationError("--bill-timezone \(billTimezone) is no time zone; Asia/Shanghai is one.")
    }
  }

  package func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let ledger = try workspace.existingLedger()
    let prices = try workspace.prices()
    let bills = try read(workspace)
    var sections: [ReconcileReport.Section] = []
    for bill in bills { sections.append(try section(bill, ledger: ledger, prices: prices)) }
    let report = ReconcileReport(sections: sections, tolerance: tolerance?.value ?? .usual, pricing: prices.version)
    switch format {
    case .table: context.output.write(report.text(style: workspace.style))
    case .json: context.output.write(report.json)
    case .markdown: context.output.write(report.markdown)
    }
    let open = sections.flatMap { $0.result.unexplained(tolerance: tolerance?.value ?? .usual) }
    guard open.isEmpty else {
      throw CommandFailure(
        "not explained: " + open.map { "\($0.amount.rounded(places: 6)) of \($0.model)" }.joined(separator: ", "),
        status: .policy)
    }
  }

  /// The bills of all files; those of one seller and zone are one.
  private func read(_ workspace: Workspace) throws(CommandFailure) -> [Bill] {
    let reader = BillReader(columns: columns?.titles ?? [:], timeZone: billTimezone.flatMap(TimeZone.init(identifier:)))
    var bills: [Bill] = []
    for file in files {
      guard let data = FileManager.default.contents(atPath: file) else {
        throw CommandFailure("cannot read \(file)")
      }
      do throws(BillError) {
        bills += try reader.bills(Array(data), path: file)
      } catch {
        throw CommandFailure(error.description, hint: Self.hint(error))
      }
    }
    var joined: [Bill] = []
    for var bill in bills {
      if let from, from != bill.seller {
        if from == .csv || bill.seller == .csv {
          bill.seller = from
        } else {
          throw CommandFailure("this is a file of \(bill.seller.rawValue): \(bill.format)", hint: "leave out --from")
        }
      }
      if let billTimezone, let zone = TimeZone(identifier: billTimezone) { bill.timeZone = zone }
      if let index = joined.firstIndex(where: {
        ($0.seller, $0.timeZone, $0.currency, $0.format) == (bill.seller, bill.timeZone, bill.currency, bill.format)
      }) {
        joined[index].rows += bill.rows
        joined[index].roundedPlaces = [joined[index].roundedPlaces, bill.roundedPlaces].compactMap(\.self).min()
      } else {
        joined.append(bill)
      }
    }
    return joined
  }

  private static func hint(_ error: BillError) -> String? {
    switch error {
    case .unknownFormat(_, let seen) where !seen.isEmpty:
      "say what its columns are: --columns day=\(seen.first ?? "…"),model=…,cost=…"
    default: nil
    }
  }

  private func section(
    _ bill: Bill, ledger: LedgerFile, prices: PriceTable
  ) throws(CommandFailure) -> ReconcileReport.Section {
    guard let provider = provider ?? bill.seller.provider else {
      throw CommandFailure(
        "\(bill.format) does not say whose bill it is", hint: "name the provider with --provider")
    }
    let rate = try exchange(bill, prices)
    let rows = bill.rows.filter { key.isEmpty || key.contains($0.keyName ?? "") }
    guard let first = rows.map(\.day).min(), let last = rows.map(\.day).max() else {
      throw CommandFailure(
        "no row of the bill went by the key \(key.joined(separator: ", "))",
        hint: "its keys are " + Set(bill.rows.compactMap(\.keyName)).sorted().joined(separator: ", "))
    }
    let canonical = prices.provider(named: provider)
    let isTheirs = { @Sendable (model: ModelID) in
      prices.provider(named: model.provider).lowercased() == canonical.lowercased()
    }
    var query = TrafficQuery(
      span: first.start(in: bill.timeZone)..<last.advanced(by: 1).start(in: bill.timeZone), grain: prices.grain,
      timeZone: bill.timeZone, scope: .all, hasWindows: { model, span in prices.hasWindows(model, in: span) })
    query.models = isTheirs
    let slices = try CommandFailure.ofLedger { [query] () throws(LedgerError) in try ledger.traffic(query) }
    guard !slices.isEmpty else {
      throw CommandFailure(
        "the ledger has no request to \(canonical) from \(first) to \(last) (\(bill.timeZone.identifier)), "
          + "the days of the bill", hint: "name the provider as the ledger does with --provider")
    }
    var use: [Reconciliation.Key: LedgerUse] = [:]
    var names: [String: ModelID] = [:]
    for slice in slices {
      let model = prices.resolve(slice.model) ?? slice.model
      names[Self.folded(slice.model.model)] = model
      names[Self.folded(model.model)] = model
      use[Reconciliation.Key(model: model, day: slice.day), default: LedgerUse()].add(slice, prices: prices)
    }
    var lines: [Reconciliation.Key: [BillRow]] = [:]
    var fees: [Reconciliation.Fee] = []
    for var row in rows {
      if let rate {
        row.cost = row.cost.map { $0.multiplied(by: rate.units, over: ExactAmount.one.units) }
        row.rate = row.rate.map { $0.multiplied(by: rate.units, over: ExactAmount.one.units) }
      }
      if row.fee != nil || row.model == nil {
        if let cost = row.cost {
          fees.append(Reconciliation.Fee(day: row.day, name: row.fee ?? "without a model", amount: cost))
        }
        continue
      }
      let name = row.model ?? ""
      let asked = ModelID(provider: canonical, model: name)
      let model = prices.resolve(asked) ?? names[Self.folded(name)] ?? asked
      lines[Reconciliation.Key(model: model, day: row.day), default: []].append(row)
    }
    let result = Reconciliation.of(
      lines: lines, use: use, fees: fees, roundedPlaces: bill.roundedPlaces
    ) { model, day in
      let noon = day.start(in: bill.timeZone) + 12 * 3_600_000
      if case .perToken(let price) = prices.answer(for: model, at: noon, prompt: 0) { return price.rates }
      return nil
    }
    return ReconcileReport.Section(
      bill: bill.format, provider: canonical, since: first, until: last, zone: bill.timeZone.identifier,
      isClaim: bill.isClaim, currency: rate == nil ? nil : bill.currency, result: result, keys: byKey(rows))
  }

  /// Requests and money by the name of the key, where it is asked for.
  private func byKey(_ rows: [BillRow]) -> [ReconcileReport.KeySum] {
    guard by == .key else { return [] }
    var sums: [String: ReconcileReport.KeySum] = [:]
    for row in rows {
      let name = row.keyName ?? ""
      let known = sums[name] ?? ReconcileReport.KeySum(name: name, requests: 0, cost: .zero)
      sums[name] = ReconcileReport.KeySum(
        name: name, requests: known.requests + (row.requests ?? 0), cost: known.cost + (row.cost ?? .zero))
    }
    return sums.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What one unit of the bill's currency is worth; `nil` for US dollars.
  private func exchange(_ bill: Bill, _ prices: PriceTable) throws(CommandFailure) -> ExactAmount? {
    guard bill.currency != "USD" else { return nil }
    let instant = bill.rows.map(\.day).max()?.start(in: bill.timeZone) ?? 0
    guard let rate = prices.currencies.first(where: { $0.code == bill.currency })?.rate(at: instant),
      let value = ExactAmount("\(rate.dollars)")
    else {
      throw CommandFailure(
        "the bill is in \(bill.currency), and the pricing table has no rate of it",
        hint: "add one under `currencies:` of a file such as fx.yaml in the pricing folder")
    }
    return value
  }

  /// A model's name without its maker, its variant and the case of its letters.
  private static func folded(_ name: String) -> String {
    name.split(separator: "/").last.map { $0.lowercased().replacing(".", with: "-") } ?? name
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

  private static let names: Set<String> = [
    "day", "model", "cost", "requests", "key", "rate", "fee", "class", "tokens", "input", "cache_read",
    "cache_write_5m", "cache_write_1h", "output",
  ]

  init?(argument: String) {
    for part in argument.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, Self.names.contains(pair[0]) else { return nil }
      titles[pair[0]] = pair[1]
    }
  }
}

import ArgumentParser
import Audit
import Foundation
import Ledger
import Model
import Pricing
import Reading
import Report

/// `ccr-audit reconcile`: our figures against what a provider charged.
struct ReconcileCommand: AuditCommand {
  static let configuration = CommandConfiguration(
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

      Exit codes: 0 all is explained within --tolerance; 1 something is not, a model has no price in the table, the bill \
      has nothing of a model or a day of which requests are unmeasured, bill and ledger have nothing in common, or of \
      several bills one of a provider of which nothing can be compared; 2 a file cannot be read, files contradict \
      each other, no day is in both, or the bill has only fees; 64 wrong usage.
      """)

  @Argument(help: "The exported files; several of one provider and zone are taken together. - is standard input.")
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

  @Option(help: "By whose clock days are where the file does not say it, such as Asia/Shanghai.")
  var billTimezone: String?

  @Option(name: .customLong("currency"), help: "The bill's currency, such as CNY, where the file does not say it.")
  var currency: String?

  @Option(
    help: "How much may stay unexplained of a model: 0.5% or 0.01. By default the greater of both.",
    transform: ToleranceOption.init)
  var tolerance: ToleranceOption?

  @Option(
    help: """
      What the columns of a CSV are, as NAME=TITLE,NAME=TITLE,…; a day, and what there is of the rest: \
      \(BillReader.columnNames.joined(separator: ", ")). A class is one of the last five, for the tokens of its row. A \
      rate is the price of one token in the bill's currency, rate/K of a thousand, rate/M of a million. A fee is what a \
      row charges for beside tokens, such as web search.
      """, transform: ColumnsOption.init
  )
  var columns: ColumnsOption?

  @Flag(
    help:
      "The files are of different accounts: where they list the same days and models, they add up. By default, what is equal counts once, and what is not is refused."
  )
  var addAccounts = false

  @Flag(
    help:
      "Keep what the bill says beside the requests; reports then say what it measured. A bill counts once; the one that was recorded last holds, and one that is recorded again holds again."
  )
  var record = false

  @Flag(help: "Take back what was recorded of these files, and compare nothing.")
  var forget = false

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

  func validate() throws {
    if from == .csv, columns == nil { throw ValidationError("--from csv needs --columns day=TITLE,model=TITLE,…") }
    if let columns, columns.titles["day"] == nil { throw ValidationError("--columns has to name the day.") }
    if files.count(where: { $0 == Self.standardInput }) > 1 {
      throw ValidationError("standard input can be read once: give - only once.")
    }
    if record, forget { throw ValidationError("--record keeps a bill, and --forget takes it back: leave out one.") }
    if record, !key.isEmpty { throw ValidationError("--record keeps whole bills: leave out --key.") }
    if let billTimezone, TimeZone(identifier: billTimezone) == nil {
      throw ValidationError("--bill-timezone \(billTimezone) is no time zone; Asia/Shanghai is one.")
    }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let ledger = try record || forget ? workspace.existingLedger() : workspace.ledgerToRead()
    if forget { return try takeBack(workspace, ledger) }
    let prices = try workspace.prices()
    let inputs = files.filter { $0 != Self.standardInput }.map { ("the bill", Self.absolute($0, in: context)) }
    _ = try output.file(workspace, inputs: inputs)
    let contents = try contents(workspace)
    var outcomes: [ReconcileJob.Outcome] = []
    var notCompared: [(part: ReconcileReport.NotCompared, hint: String)] = []
    var assumed: Set<String> = []
    let bills = try bills(contents, workspace)
    try checkKeys(bills)
    for (place, bill) in bills.enumerated() {
      guard let provider = provider ?? bill.provider else {
        throw CommandFailure(
          "\(bill.format) does not say whose bill it is", hint: "name the provider with --provider")
      }
      // A file may hold several bills, by zones or providers.
      if bill.assumesCurrency, bill.rows.contains(where: { $0.cost != nil }), assumed.insert(bill.format).inserted {
        workspace.notes.note(
          "\(bill.format) does not say its currency: \(bill.currency) is taken; --currency says another")
      }
      let job = ReconcileJob(ledger: ledger, prices: prices, bill: bill, provider: provider, keys: key)
      let beside = bills.indices.filter { $0 != place && (self.provider != nil || bills[$0].provider == bill.provider) }
        .compactMap { bills[$0].rows.days }
      switch try job.comparison(byKey: by == .key, beside: beside, now: context.now()) {
      case .compared(let outcome): outcomes.append(outcome)
      case .nothing(let part, let hint): notCompared.append((part, hint))
      }
    }
    if outcomes.isEmpty, let first = notCompared.first {
      let parts = Set(notCompared.map(\.part.words)).sorted()
      throw CommandFailure("nothing can be compared: \(parts.joined(separator: "; "))", hint: first.hint)
    }
    let tolerance = tolerance?.value ?? .usual
    let report = ReconcileReport(
      sections: outcomes.map(\.section), notCompared: notCompared.map(\.part), tolerance: tolerance,
      pricing: prices.version)
    let text =
      switch format {
      case .table: report.text(style: workspace.style)
      case .json: report.json
      case .markdown: report.markdown
      case .html: report.page(program: "ccr-audit \(ProgramVersion.current)", now: context.now())
      }
    try output.write(text, workspace, inputs: inputs)
    if record { try keep(outcomes, contents.map(\.bytes), in: workspace, ledger) }
    let results = outcomes.map(\.section.result)
    let parts = report.openParts
    let open = results.flatMap { Self.open($0, tolerance) } + parts.map(\.words)
    guard open.isEmpty else {
      throw CommandFailure(
        "not explained: " + open.joined(separator: ", "),
        hint: parts.isEmpty
          ? nil : "give only what is to be compared; of a file of several providers, --provider compares one",
        status: .policy)
    }
  }

  /// What is not explained, in words.
  private static func open(_ result: Reconciliation, _ tolerance: Reconciliation.Tolerance) -> [String] {
    var open = result.unexplained(tolerance: tolerance).map { "$\($0.amount.rounded(places: 6)) of \(shown($0.model))" }
    open += result.unpriced.map { "\(shown($0)), which has no price in the table" }
    open += result.unknownMissing.map { model, requests in
      "\(Figures.count(requests, "unmeasured request")) to \(shown(model)) that the bill has nothing of"
    }
    if result.comparesNothing { open.append(ReconcileReport.nothingInCommon) }
    return open
  }

  /// A name that no row has would leave nothing, or be left out beside one that has rows.
  private func checkKeys(_ bills: [Bill]) throws(CommandFailure) {
    let names = Set(bills.lazy.flatMap(\.rows).compactMap(\.keyName))
    guard let unknown = key.first(where: { !names.contains($0) }) else { return }
    let shown = unknown.looksLikeKey ? "that --key gives" : "“\(SafeText.terminal(unknown))”"
    throw CommandFailure(
      "no row of the bill went by a key of the name \(shown)", hint: "--by key shows the names of its keys")
  }

  private static func shown(_ model: ModelID) -> String { SafeText.terminal(model.description) }

  /// Keeps what bills measured. A claim is somebody's own calculation and is not kept; nor is a bill of which the ledger
  /// has nothing, which would stand in the place of a good one.
  private func keep(
    _ outcomes: [ReconcileJob.Outcome], _ contents: [[UInt8]], in workspace: Workspace, _ ledger: LedgerFile
  ) throws(CommandFailure) {
    for outcome in outcomes where outcome.section.isClaim {
      workspace.notes.note("\(outcome.section.bill) is a claim, not a bill: not kept")
    }
    for outcome in outcomes where !outcome.section.isClaim && !outcome.section.result.comparesSomething {
      workspace.notes.warning(
        "\(outcome.section.bill) is not kept: \(ReconcileReport.nothingInCommon)")
    }
    let bills = outcomes.filter { !$0.section.isClaim && $0.section.result.comparesSomething }.map {
      (bill: $0.record, uses: $0.uses)
    }
    guard !bills.isEmpty else { return }
    try workspace.locked(ledger) { () throws(CommandFailure) in
      let became = try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.record(bills, contents: contents)
      }
      guard became != .unchanged else { return workspace.notes.note("this bill was kept before") }
      for (bill, _) in bills {
        let said = "what the bill says of \(bill.provider), \(bill.days.lowerBound) to \(bill.days.upperBound)"
        guard became != .nothingAdded else {
          workspace.notes.note(
            "nothing is added by \(said): it measures nothing and charges nothing that is not kept already")
          continue
        }
        workspace.notes.note("kept \(said)" + (bill.hasMoney ? "" : ": tokens, for it names no money") + became.more)
      }
      let kept = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.bills() }
      for (bill, _) in bills where bill.isCompleted(by: kept) {
        workspace.notes.note(
          "the \(bill.hasMoney ? "tokens" : "money") of \(bill.provider)'s bill of these days \(bill.hasMoney ? "were" : "was") kept from another "
            + "file: given together, the two tell the prices, and what unmeasured requests cost")
      }
    }
  }

  private func takeBack(_ workspace: Workspace, _ ledger: LedgerFile) throws(CommandFailure) {
    let contents = try contents(workspace).map(\.bytes)
    try workspace.locked(ledger) { () throws(CommandFailure) in
      let bills = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.forgetBills(contents: contents) }
      guard !bills.isEmpty else { throw CommandFailure("nothing is recorded of these files") }
      for bill in bills {
        workspace.notes.note(
          "taken back what the bill says of \(bill.provider), \(bill.days.lowerBound) to \(bill.days.upperBound); what it "
            + "took the place of comes back where that is recorded again")
      }
    }
  }

  /// The name of standard input.
  private static let standardInput = "-"

  /// A file that somebody gave.
  private struct GivenFile {
    /// As it was given.
    var name: String
    var bytes: [UInt8]
  }

  private static func absolute(_ name: String, in context: Context) -> String {
    let folder = URL(filePath: context.currentDirectory, directoryHint: .isDirectory)
    return URL(filePath: name, relativeTo: folder).absoluteURL.path(percentEncoded: false)
  }

  private func contents(_ workspace: Workspace) throws(CommandFailure) -> [GivenFile] {
    var contents: [GivenFile] = []
    for file in files {
      let (name, bytes) = try given(file, workspace.context)
      // Else the rows tell what is the same; the files of two accounts are never the same bytes.
      if addAccounts, let same = contents.first(where: { $0.bytes == bytes }) {
        workspace.notes.note("\(name) holds the same as \(same.name): read once")
      } else {
        contents.append(GivenFile(name: name, bytes: bytes))
      }
    }
    return contents
  }

  private func given(_ name: String, _ context: Context) throws(CommandFailure) -> (name: String, bytes: [UInt8]) {
    guard name == Self.standardInput else {
      return (name, try CommandFailure.reading(name, at: Self.absolute(name, in: context)))
    }
    let input = "standard input"
    do throws(SystemError) {
      return (input, try Descriptor.contents(of: context.inputDescriptor))
    } catch {
      throw CommandFailure("cannot read \(input): \(error)")
    }
  }

  /// The bills of all files; those of one seller and zone are one.
  private func bills(_ contents: [GivenFile], _ workspace: Workspace) throws(CommandFailure) -> [Bill] {
    let usualZone = options.timezone.flatMap(TimeZone.init(identifier:)) ?? .gmt
    let reader = BillReader(
      columns: columns?.titles ?? [:], timeZone: billTimezone.flatMap(TimeZone.init(identifier:)),
      usualZone: usualZone, currency: currency)
    var bills: [Bill] = []
    for file in contents {
      do throws(BillError) {
        let found = try reader.bills(file.bytes, path: file.name)
        sayEqualLines(found, workspace)
        sayDoubts(found, file.name, workspace)
        bills += found
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
    }
    let joined: [Bill]
    do throws(BillError) {
      let whole = try Bill.joined(bills, addsAccounts: addAccounts, usualZone: usualZone)
      joined = try addAccounts ? whole : BillForms.distinct(whole)
    } catch {
      throw CommandFailure(error.description, hint: Self.hint(error))
    }
    // Of a file with several providers the one that is asked for.
    let asked = joined.filter { $0.provider?.lowercased() == provider?.lowercased() }
    return provider == nil || asked.isEmpty ? joined : asked
  }

  /// Lines of a table that may list the same use twice, or two uses of the same size.
  private func sayEqualLines(_ bills: [Bill], _ workspace: Workspace) {
    for bill in bills where bill.equalLines > 0 {
      let one = bill.equalLines == 1
      workspace.notes.warning(
        "\(bill.files.joined(separator: ", ")): \(Figures.count(bill.equalLines, "line")) \(one ? "is" : "are") equal to "
          + "\(one ? "another" : "others") of it, and \(one ? "counts" : "count") all the same; where the same use stands "
          + "in it twice, remove \(one ? "it" : "them"), or name a column of ids: --columns id=…")
    }
  }

  /// What was left out, and what was taken for something that it may not be.
  private func sayDoubts(_ bills: [Bill], _ file: String, _ workspace: Workspace) {
    for name in bills.flatMap(\.leftOut) {
      workspace.notes.warning("\(SafeText.terminal(name)) is no bill: left out")
    }
    if bills.contains(where: \.isWindows1252) {
      workspace.notes.note("\(file) is no UTF-8: read as Windows-1252")
    }
    if bills.contains(where: \.roundsTokens) {
      workspace.notes.note("\(file) tells tokens by the thousand, which may be rounded: only its amounts are compared")
    }
  }

  /// Of titles the one that days may stand below. Without a line of titles they are cells, and no key is shown.
  private static func dayTitle(_ titles: [String]) -> String {
    let shown = titles.filter { !$0.isEmpty && !$0.looksLikeKey }
    return shown.first { title in ["date", "day", "time", "日"].contains { title.lowercased().contains($0) } }
      ?? shown.first ?? "…"
  }

  private static func hint(_ error: BillError) -> String? {
    switch error {
    case .unknownFormat(_, let seen) where !seen.isEmpty:
      "say what its columns are: --columns day=\(dayTitle(seen)),model=…,cost=…"
    case .joinedWithItself:
      "leave one copy of them; where each line is a use of its own, name a column that tells them apart: --columns id=…"
    case .severalCurrencies: "give it alone with the costs of its own account, or both as the ZIP that they came in"
    case .sameUse(let first, let second, _) where first == second:
      "keep the newer lines alone; what is of different accounts, keys or workspaces belongs into files of their own"
    case .sameUse:
      "give the newer one alone; where they are of different accounts, keys or workspaces, add them up with --add-accounts"
    case .twoClocks: "give the newer one alone, or export both in the same time zone"
    case .twoForms: "give one of them alone; where they are of different accounts, compare each by itself"
    default: nil
    }
  }
}

extension LedgerFile.BillRecording {
  /// What else became of what was kept before.
  fileprivate var more: String {
    switch self {
    case .kept, .unchanged, .nothingAdded: ""
    case .replaced: "; what was kept of the same files before is replaced"
    case .tookOver(let days):
      "; it takes the place of what another file said of \(Figures.days(days)): recorded again, that one holds again"
    }
  }
}

extension BillSeller: ExpressibleByArgument {}

/// `0.5%` or `0.01`.
struct ToleranceOption {
  var value: Reconciliation.Tolerance

  /// - Throws: `ValidationError`, which says what would be one.
  init(_ argument: String) throws {
    let isShare = argument.hasSuffix("%")
    let digits = isShare ? argument.dropLast() : argument[...]
    guard digits.wholeMatch(of: /[0-9]+(\.[0-9]+)?/) != nil, let amount = ExactAmount(digits) else {
      throw ValidationError(
        "write 0.01 for a cent or 0.5% for a share, with a point and without a sign")
    }
    guard isShare else {
      value = Reconciliation.Tolerance(amount: amount, share: 0)
      return
    }
    guard amount <= ExactAmount.one * 100, let millionths = Int64(exactly: amount.units / 100_000_000_000_000) else {
      throw ValidationError("100%, which is all that is billed, is the most")
    }
    value = Reconciliation.Tolerance(amount: .zero, share: millionths)
  }
}

/// `day=Date,model=Model,cost=Total`.
struct ColumnsOption {
  var titles: [String: String] = [:]

  /// - Throws: `ValidationError`, which says what would be one.
  init(_ argument: String) throws {
    var last: String?
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let mark = part.firstIndex(of: "=") else {
        // A title may hold a comma.
        guard let last, let begun = titles[last] else { throw Self.form(String(part)) }
        titles[last] = "\(begun),\(part)"
        continue
      }
      let name = part[..<mark].trimmingCharacters(in: .whitespaces)
      guard BillReader.columnNames.contains(name) else { throw Self.form(name) }
      guard titles[name] == nil else { throw ValidationError("--columns names \(name) twice") }
      titles[name] = String(part[part.index(after: mark)...])
      last = name
    }
    for (name, title) in titles {
      titles[name] = title.trimmingCharacters(in: .whitespaces)
      if titles[name] == "" { throw ValidationError("--columns \(name)= lacks the title of a column") }
    }
    if titles.keys.count(where: { $0.hasPrefix("rate") }) > 1 {
      throw ValidationError("--columns takes one of rate, rate/K and rate/M")
    }
  }

  private static func form(_ word: String) -> ValidationError {
    ValidationError(
      "--columns does not know “\(word.prefix(40))”; write NAME=TITLE,NAME=TITLE,… with the names "
        + BillReader.columnNames.joined(separator: ", "))
  }
}

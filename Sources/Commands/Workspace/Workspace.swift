import Audit
import BuiltInPrices
import Foundation
package import Ledger
import Model
package import Pricing
import Report
import Reading

/// What the commands work on: the settings in force, and the files that they name.
package struct Workspace {
  /// The world around the command.
  package let context: Context
  /// What is in force.
  package let settings: Settings
  /// The ledgers that were named beside `settings.ledger`.
  let otherLedgers: [String]
  /// Where the command says what is no data.
  package let notes: Notes
  private let memo = Memo()
  /// What was read of the history, for all copies of the workspace.
  let historyMemo = HistoryMemo()

  /// What was read already, for all copies of the workspace.
  private final class Memo {
    var prices: PriceTable?
  }

  /// Reads the settings.
  /// - Parameter makesConfig: whether a configuration that is named and not there is about to be written.
  package init(
    _ options: GlobalOptions, in context: Context, flags: [FlagValue] = [], makesConfig: Bool = false
  ) throws(CommandFailure) {
    self.context = context
    self.settings = try options.settings(in: context, flags, makesConfig: makesConfig)
    self.otherLedgers = try options.otherLedgers(in: context)
    self.notes = options.notes(in: context)
  }

  /// How text for standard output is to look.
  var style: Style {
    Style(color: settings.usesColor(on: context.output, in: context), width: context.output.width ?? 80)
  }

  /// Whether there is a ledger.
  package func hasLedger() throws(CommandFailure) -> Bool {
    try CommandFailure.ofLedger { () throws(LedgerError) in try LedgerFile.isThere(at: settings.ledger.value) }
  }

  /// The ledger, made where there is none.
  package func ledger() throws(CommandFailure) -> LedgerFile {
    try demandOneLedger()
    return try CommandFailure.ofLedger { () throws(LedgerError) in try LedgerFile(path: settings.ledger.value) }
  }

  /// The ledger, which has to be there.
  package func existingLedger() throws(CommandFailure) -> LedgerFile {
    try demandOneLedger()
    return try there { () throws(LedgerError) in try LedgerFile(existing: settings.ledger.value) }
  }

  /// The ledger for reading alone, which has to be there and may lie where nothing can be written.
  /// - Parameter migrating: whether an older ledger is brought up to date.
  package func ledgerToRead(migrating: Bool = true) throws(CommandFailure) -> LedgerFile {
    try demandOneLedger()
    return try there { () throws(LedgerError) in try LedgerFile(reading: settings.ledger.value, migrating: migrating) }
  }

  private func there(_ open: () throws(LedgerError) -> LedgerFile) throws(CommandFailure) -> LedgerFile {
    do throws(LedgerError) {
      return try open()
    } catch {
      // A link to nowhere is another matter.
      guard case .missing(let path) = error, (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil
      else { throw CommandFailure(error) }
      throw noLedger(at: path)
    }
  }

  /// That there is no ledger. What was set up before waits for records.
  func noLedger(at path: String) -> CommandFailure {
    CommandFailure(
      "there is no ledger at \(path) yet",
      hint: settings.configExists
        ? "`ccr-audit ingest` makes it of the records that there are" : "`ccr-audit init` sets everything up")
  }

  /// Works while no other run reads into the ledger or sends from it.
  package func locked<Value>(
    _ ledger: LedgerFile, patience: Double = 60, _ body: () throws(CommandFailure) -> Value
  ) throws(CommandFailure) -> Value {
    let lock = try CommandFailure.ofLedger { () throws(LedgerError) in
      try RunLock(ledger: ledger.path, patience: patience) {
        notes.note("another ccr-audit works on \(ledger.path); waiting for it")
      }
    }
    defer { withExtendedLifetime(lock) {} }
    DryRunFolder.removeLeftover()
    return try body()
  }

  /// The layer below the own files: the prices within the program, unless the configuration leaves them out.
  package var catalogue: Catalogue? { settings.builtIn.value ? .builtIn : nil }

  /// The folder of the user's own prices: the configured one, else the one beside the configuration.
  package var ownPricingFolder: String {
    settings.pricing.value
      ?? URL(filePath: context.defaultConfigPath).deletingLastPathComponent().appending(path: "pricing")
      .path(percentEncoded: false)
  }

  /// The pricing table: the prices within the program, and the own folder's on top, model by model. It is read once.
  /// - Parameter beforeFirstFile: whether the configured folder may still be empty, as for what writes its first file.
  package func prices(beforeFirstFile: Bool = false) throws(CommandFailure) -> PriceTable {
    if let read = memo.prices { return read }
    let table: PriceTable
    do throws(PricingError) {
      table =
        if settings.pricing.value != nil || FileManager.default.fileExists(atPath: ownPricingFolder) {
          try PriceTable.load(
            folder: ownPricingFolder, over: catalogue, today: today,
            mayBeEmpty: beforeFirstFile || settings.pricing.value == nil)
        } else {
          try PriceTable.load(files: [], over: catalogue)
        }
    } catch .noFiles(let path) {
      throw CommandFailure(
        "\(PricingError.noFiles(path: path)) (\(settings.pricing.origin))",
        hint: "is its disk mounted? `ccr-audit pricing add` writes a first file into it; without `pricing:` and "
          + "--pricing the prices within the program hold")
    } catch {
      throw CommandFailure("\(error)")
    }
    say(table.warnings)
    let complete = try complete(table)
    memo.prices = complete
    return complete
  }

  /// The first few warnings of the pricing folder, and how to see all: an exported catalogue has the oddities of its own.
  private func say(_ warnings: [Diagnostic]) {
    for warning in warnings where warning.isMinor { notes.detail("\(warning)") }
    let odd = warnings.filter { !$0.isMinor }
    let most = 10
    for warning in odd.prefix(most) { notes.warning(SafeText.visible(warning.placed)) }
    if odd.count > most {
      let command = "`ccr-audit pricing validate \(Display.argument(ownPricingFolder))`"
      notes.warning("\(Figures.count(odd.count - most, "more warning")) of the pricing folder: \(command)")
    }
  }

  /// What day it is, UTC.
  private var today: CivilDay { CivilDay(milliseconds: context.now(), in: .gmt) }

  /// A folder as a table of its own; over the prices within the program where it is none without them, as where it
  /// only says which of their plans are paid.
  func table(inFolder path: String) throws(CommandFailure) -> PriceTable {
    do throws(PricingError) {
      do throws(PricingError) {
        return try PriceTable.load(folder: path, today: today)
      } catch .invalid(let findings) {
        guard let catalogue, let table = try? PriceTable.load(folder: path, over: catalogue, today: today) else {
          throw PricingError.invalid(findings)
        }
        return table
      }
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  /// A table with the subscriptions of the configuration, and with the default baseline where its files do not name it.
  func complete(_ table: PriceTable) throws(CommandFailure) -> PriceTable {
    let known = Set(table.warnings)
    let baseline = settings.baseline
    do throws(PricingError) {
      let subscribed = try table.subscribing(to: settings.subscriptions.value)
      for warning in subscribed.warnings where !known.contains(warning) { notes.warning(warning.message) }
      guard baseline.origin == .default, subscribed.resolve(baseline.value) == nil else { return subscribed }
      return subscribed.borrowing(baseline.value, from: try PriceTable.embedded())
    } catch .invalid(let findings) {
      let origin = settings.subscriptions.origin
      throw CommandFailure(findings.map { "\(origin): subscriptions: \($0.message)" }.joined(separator: "\n"))
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  /// Where nothing is set up, says how to begin.
  func sayHowToBegin() {
    if let beginning = settings.beginning { notes.note(beginning) }
  }

  /// A failure for want of a setting: where nothing is set up, its hint says how to begin, too.
  func unset(_ sentence: String, hint: String) -> CommandFailure {
    CommandFailure(sentence, hint: hint + (settings.beginning.map { "; \($0)" } ?? ""))
  }

  /// Says where `ratio: cached` does not hold: history records keep tokens as they were, not a baseline's cache.
  func sayRatioIsPlain() {
    guard settings.ratio.value == .cached else { return }
    notes.note(
      "ratio: cached (\(settings.ratio.origin)) does not apply here: what prices change is told of plain ratios")
  }

  /// The router's configuration; none where the default one is not there.
  func routerConfiguration() throws(CommandFailure) -> RouterConfiguration { try routerFile().configuration }

  /// The router's configuration, and its file's text, which may hold keys.
  /// - Throws: `CommandFailure`, as above.
  func routerFile() throws(CommandFailure) -> (configuration: RouterConfiguration, text: String) {
    let path = settings.routerConfig.value
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.settledContents(ofFile: path)
    } catch {
      if error.isNoSuchFile, case .default = settings.routerConfig.origin { return (.none, "") }
      throw CommandFailure(
        "cannot read the router's configuration \(path): \(error)", hint: "name it with --router-config")
    }
    do throws(LogError) {
      let configuration = try RouterConfiguration(contentsOf: Data(bytes), path: path)
      return (configuration, String(validating: bytes, as: UTF8.self) ?? "")
    } catch {
      throw CommandFailure(error.description)
    }
  }
}

extension CommandFailure {
  init(_ error: LedgerError) { self.init(error.description) }

  /// Works on the ledger; what it throws ends the command.
  static func ofLedger<Value>(_ body: () throws(LedgerError) -> Value) throws(CommandFailure) -> Value {
    try of(body) { CommandFailure($0) }
  }

  /// Works on prices; what it throws ends the command.
  static func ofPricing<Value>(_ body: () throws(PricingError) -> Value) throws(CommandFailure) -> Value {
    try of(body) { CommandFailure("\($0)") }
  }
}

import ArgumentParser
import Audit
import Foundation
import Ledger
import Model
import Pricing

/// `ccr-audit pricing`: the group.
struct PricingGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pricing", abstract: "Check, show, compare and fill pricing tables.",
    subcommands: [
      PricingValidate.self, PricingShow.self, PricingList.self, PricingStale.self, PricingFormat.self,
      PricingDiff.self, PricingImport.self, PricingAdd.self, PricingSubscribe.self, PricingExport.self,
    ])
}

extension Workspace {
  /// The models of the ledger that have no price, with the UTC days since when; none where there is no ledger.
  func unpricedModels() throws(CommandFailure) -> [UnpricedModel] {
    Audit.unpriced(try ledgerTraffic(), prices: try prices(beforeFirstFile: true))
  }

  /// The traffic of the ledger by UTC day, up to now; none where there is no ledger.
  func ledgerTraffic() throws(CommandFailure) -> [TrafficSlice] {
    guard try hasLedger() else { return [] }
    let (ledger, prices) = (try ledgerToRead(), try prices(beforeFirstFile: true))
    return try CommandFailure.ofLedger { () throws(LedgerError) in
      try ledger.traffic(TrafficQuery(span: 0..<(context.now() + 1), grain: prices.grain, timeZone: .gmt))
    }
  }

  /// Writes a file of the own pricing folder, which is made where there is none.
  func write(_ file: PricingFile) throws(CommandFailure) {
    do {
      try FileManager.default.createDirectory(
        atPath: ownPricingFolder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandFailure("cannot make the folder \(ownPricingFolder): \(error.localizedDescription)")
    }
    try AtomicFile.save(file.text, to: file.name)
  }

  /// The files of the own pricing folder.
  func ownPricingFiles() throws(CommandFailure) -> [PricingFile] {
    let isThere = settings.pricing.value != nil || FileManager.default.fileExists(atPath: ownPricingFolder)
    return try CommandFailure.ofPricing { () throws(PricingError) in
      try isThere ? PriceTable.files(ofFolder: ownPricingFolder) : []
    }
  }

  /// The models that the ledger holds requests to; none where there is no ledger.
  func ledgerModels() throws(CommandFailure) -> [ModelID] {
    guard try hasLedger() else { return [] }
    let ledger = try ledgerToRead()
    return try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.models() }
  }

  /// The folder to work on: the one that is named, else the configured one, else `pricing` in the current folder, else
  /// that of the user's own prices.
  func pricingFolder(_ named: String?) -> String {
    guard let named else {
      let here = context.absolute("pricing")
      return settings.pricing.value ?? (FileManager.default.fileExists(atPath: here) ? here : ownPricingFolder)
    }
    return context.absolute(named)
  }
}

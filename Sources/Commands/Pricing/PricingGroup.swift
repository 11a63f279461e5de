package import ArgumentParser
import Foundation
import Ledger
import Model
import Pricing

/// `ccr-audit pricing`: the group.
package struct PricingGroup: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "pricing", abstract: "Check, show, compare and fill pricing tables.",
    subcommands: [
      PricingValidate.self, PricingShow.self, PricingList.self, PricingStale.self, PricingFormat.self,
      PricingDiff.self, PricingImport.self, PricingAdd.self,
    ])

  package init() {}
}

extension Workspace {
  /// The models that the ledger holds requests to; none where there is no ledger.
  func ledgerModels() throws(CommandFailure) -> [ModelID] {
    guard FileManager.default.fileExists(atPath: settings.ledger.value) else { return [] }
    let ledger = try ledgerToRead()
    return try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.models() }
  }

  /// The folder to work on: the one that is named, else the configured one, else `pricing` in the current folder, else
  /// that of the user's own prices.
  func pricingFolder(_ named: String?) -> String {
    guard let named else {
      let here = "\(context.currentDirectory)/pricing"
      return settings.pricing.value ?? (FileManager.default.fileExists(atPath: here) ? here : ownPricingFolder)
    }
    return named.hasPrefix("/") ? named : "\(context.currentDirectory)/\(named)"
  }
}

package import ArgumentParser
import Foundation
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

import ArgumentParser
import BuiltInPrices
import Foundation
import Model
import Pricing

/// What a shell completes an option with, beside files: names of the table within the program.
extension CompletionKind {
  /// `PROVIDER/MODEL`.
  static var models: CompletionKind {
    .custom { _, _, prefix in names(prefix) { $0.models.map(\.id.description) } }
  }

  /// Plans on the market.
  static var plans: CompletionKind { .custom { _, _, prefix in names(prefix) { $0.offers.map(\.name) } } }

  /// Zones of the IANA database.
  static var timeZones: CompletionKind {
    .custom { _, _, prefix in
      TimeZone.knownTimeZoneIdentifiers.filter { $0.lowercased().hasPrefix(prefix.lowercased()) }
    }
  }

  /// `ROUTE=PROVIDER/MODEL`.
  static var moves: CompletionKind {
    .custom { _, _, prefix in
      let parts = prefix.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { return RouteMove.routes.map { "\($0)=" } }
      return names(parts[1]) { $0.models.map(\.id.description) }.map { "\(parts[0])=\($0)" }
    }
  }

  /// Nothing where the table cannot be read: a shell has no place for a complaint.
  private static func names(_ prefix: String, _ list: (PriceTable) -> [String]) -> [String] {
    guard let table = try? PriceTable.embedded() else { return [] }
    let names = list(table).filter { $0.lowercased().hasPrefix(prefix.lowercased()) }.sorted()
    // zsh takes what follows a colon for a description.
    return CompletionShell.requesting == .zsh ? names.map { $0.replacing(":", with: "\\:") } : names
  }
}

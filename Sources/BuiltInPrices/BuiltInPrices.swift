package import Pricing

extension Catalogue {
  /// The files of pricing/ as they were when the program was built. The build reads them (`embed-files`), so no
  /// start of the program reads YAML for them.
  package static let builtIn = Catalogue(text: builtInCatalogue)
}

extension PriceTable {
  /// The table that the program carries with it, so that it works from any folder.
  package static func embedded() throws(PricingError) -> PriceTable { try load(files: [], over: .builtIn) }
}

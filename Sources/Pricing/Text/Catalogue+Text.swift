import Model

extension Catalogue {
  /// A table's content as the text of a catalogue.
  /// - Parameter files: the files that the table was loaded from.
  package static func text(of table: PriceTable, files: [PricingFile]) -> String {
    var head: [[String]] = [["version", table.version]]
    let facts = PriceFacts(table.models)
    head.append(["cuts"] + facts.cuts.sorted().map { "\($0)" })
    head.append(["limits"] + facts.limits.sorted().map { "\($0)" })
    head.append(["weekly"] + facts.weeklyCuts.sorted().map { "\($0)" })
    head.append(["factors"] + facts.factors.map(\.description).sorted())
    var body = ""
    let models = Dictionary(grouping: table.models) { $0.id.provider }
    for (name, provider) in table.providers.providers.sorted(by: { $0.key < $1.key }) {
      let models = models[name] ?? []
      let section = CanonicalText(models: models).text
      head.append(["provider", name, CanonicalText.digest(name, provider, models), "\(section.utf8.count)"])
      if !provider.aliases.isEmpty { head.append(["aliases"] + provider.aliases) }
      if !provider.hosts.isEmpty { head.append(["hosts"] + provider.hosts) }
      if !provider.freeSuffixes.isEmpty { head.append(["free"] + provider.freeSuffixes) }
      body += section
    }
    let parsed = files.compactMap { file in
      var reader = FileReader(file: file.name)
      return reader.read(file.text)
    }
    let offers = OfferText.text(of: parsed, offers: table.offers)
    head.append(["offers", "\(offers.utf8.count)"])
    body += offers
    return head.map { $0.joined(separator: "\t") + "\n" }.joined() + "\n" + body
  }
}

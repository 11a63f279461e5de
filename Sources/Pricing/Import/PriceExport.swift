package import Model
import Yams

/// A table as files that load as the same table.
package enum PriceExport {
  /// One file a provider; what belongs to none has a file of its own.
  /// - Parameters:
  ///   - own: the files of the upper layer.
  ///   - used: only these models, in any spelling, and no plans; `nil` for everything.
  package static func files(of table: PriceTable, own: [PricingFile], used: [ModelID]? = nil) -> [PricingFile] {
    var models = Dictionary(grouping: table.models) { $0.id.provider }
    var rest: [String: Rest] = [:]
    if let used {
      models = Dictionary(grouping: chosen(used, of: table)) { $0.id.provider }
    } else {
      rest = rests(own, table)
    }
    var files: [PricingFile] = []
    for (name, provider) in table.providers.providers.sorted(by: { $0.key < $1.key }) {
      let models = models.removeValue(forKey: name) ?? []
      let others = rest.removeValue(forKey: name)
      if used != nil, models.isEmpty { continue }
      var lines = ["provider: \(EntryText.scalar(name))"]
      for (key, names) in [
        ("aliases", provider.aliases), ("hosts", provider.hosts), ("free_suffixes", provider.freeSuffixes),
      ] where !names.isEmpty {
        lines.append("\(key): [\(names.map(EntryText.scalar).joined(separator: ", "))]")
      }
      if !models.isEmpty {
        lines.append("models:")
        lines += models.sorted { $0.id < $1.id }.flatMap(EntryText.lines).map { "  " + $0 }
      }
      // A provider of which nothing else is known needs no file.
      if lines.count == 1, others == nil { continue }
      files.append(PricingFile(name: fileName(name, files), text: text(lines) + (others?.text ?? "")))
    }
    if let others = rest[""] { files.append(PricingFile(name: fileName("others", files), text: others.text)) }
    return files
  }

  private static func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  /// The models of names, and those that a dated alias among them stands for.
  private static func chosen(_ names: [ModelID], of table: PriceTable) -> [PricedModel] {
    let named = names.compactMap { table.pricedModel($0) }
    let meant = named.flatMap(\.succession).compactMap { table.pricedModel($0.model) }
    return Array(Set(named + meant))
  }

  private static func fileName(_ provider: String, _ taken: [PricingFile]) -> String {
    let safe = String(
      provider.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
    let name = safe.hasPrefix(".") ? "-" + safe : safe
    let names = Set(taken.map(\.name))
    var (candidate, number) = ("\(name).yaml", 1)
    while names.contains(candidate) { (candidate, number) = ("\(name)-\(number + 1).yaml", number + 1) }
    return candidate
  }

  /// What files hold beside models.
  private struct Rest {
    var plans: [Node] = []
    var subscriptions: [Node] = []
    var currencies: [Node] = []

    var text: String {
      let lists = [("plans", plans), ("subscriptions", subscriptions), ("currencies", currencies)]
      return lists.filter { !$0.1.isEmpty }.map { key, nodes in
        let pair = (Node(key), Node.sequence(Node.Sequence(nodes)))
        return (try? Yams.serialize(node: .mapping(Node.Mapping([pair])))) ?? ""
      }.joined()
    }
  }

  /// By provider's own name, empty for none. What the upper layer says goes before what the lower one does.
  private static func rests(_ own: [PricingFile], _ table: PriceTable) -> [String: Rest] {
    var rests: [String: Rest] = [:]
    var plans: Set<String> = []
    var currencies: Set<String> = []
    for layer in [own, table.catalogue.map { OfferYAML.files(of: $0.offers) } ?? []] {
      let (plansAbove, currenciesAbove) = (plans, currencies)
      for file in layer {
        guard let root = try? Yams.compose(yaml: file.text) else { continue }
        let name = root["provider"]?.scalar.map { table.provider(named: $0.string) } ?? ""
        var rest = rests[name] ?? Rest()
        for node in root["plans"]?.sequence.map(Array.init) ?? [] {
          let plan = node["plan"]?.scalar?.string ?? ""
          if plansAbove.contains(plan) { continue }
          plans.insert(plan)
          rest.plans.append(node)
        }
        for node in root["currencies"]?.sequence.map(Array.init) ?? [] {
          let code = node["currency"]?.scalar?.string ?? ""
          if currenciesAbove.contains(code) { continue }
          currencies.insert(code)
          rest.currencies.append(node)
        }
        rest.subscriptions += root["subscriptions"]?.sequence.map(Array.init) ?? []
        if !rest.plans.isEmpty || !rest.currencies.isEmpty || !rest.subscriptions.isEmpty { rests[name] = rest }
      }
    }
    return rests
  }
}

extension Subscription {
  /// The file of a folder that says so: one that has subscriptions already, else a new one. The files are a table.
  /// - Throws: `ImportFault` where no line can be added.
  package func written(into files: inout [PricingFile], folder: String) throws(ImportFault) -> PricingFile {
    for index in files.indices {
      guard let text = PricingText(files[index]), text.hasSubscriptions else { continue }
      files[index].text = try text.adding(self)
      return files[index]
    }
    let path = "\(folder)/subscriptions.yaml"
    guard !files.contains(where: { $0.name == path }) else {
      throw ImportFault("needs a file \(path), which holds something else")
    }
    files.append(PricingFile(name: path, text: "subscriptions:\n  - \(self)\n"))
    return files[files.count - 1]
  }
}

package import Model

/// A pricing folder that prices are added to, in memory: every step leaves a table that loads.
package struct PriceImport: Sendable {
  /// The files as they are to be.
  package private(set) var files: [PricingFile]
  /// What they say.
  package private(set) var table: PriceTable
  /// Where a new file is to stand.
  private let folder: String
  /// The layer below.
  private let catalogue: Catalogue?

  /// A folder as it is.
  /// - Throws: `PricingError.invalid`.
  /// - Parameter catalogue: the layer below, if any.
  package init(files: [PricingFile], folder: String, over catalogue: Catalogue? = nil) throws(PricingError) {
    self.files = files
    self.folder = folder
    self.catalogue = catalogue
    table = try PriceTable.load(files: files, over: catalogue)
  }

  /// What became of a price.
  package enum Outcome: Hashable, Sendable {
    /// It stands in the table now, from these days on; of these classes the source says nothing, so that they fall back
    /// although the entry before had a rate for them.
    case added([CivilDay], lost: [TokenClass])
    /// The table says so already.
    case unchanged
  }

  /// Adds a model's price: the one in force on a day, and those that the source announces for later.
  /// - Parameters:
  ///   - today: the day of the import, UTC.
  ///   - effective: from when the price is to apply; `nil` for the source's own first day if it has one that comes after
  ///     everything in the table, else for today.
  /// - Throws: `ImportFault`: why nothing was added.
  package mutating func add(
    _ listing: Listing, of source: PriceSource, to model: ModelID, today: CivilDay, effective: CivilDay?
  ) throws(ImportFault) -> Outcome {
    let prices = try listing.prices.get()
    let day = effective ?? today
    guard let current = listing.price(on: day) else { throw ImportFault("has no price on \(day) in the source") }
    let id = table.resolve(model) ?? ModelID(provider: table.provider(named: model.provider), model: model.model)
    let known = table.pricedModel(id)
    let name = try Self.sourceName(of: listing, source)
    for text in [id.provider, id.model] { try Self.check(text) }
    var last = known?.prices.last
    var start = day
    if effective == nil, let own = current.from, own < today, last.map({ own.midnight > $0.from }) ?? true {
      start = own
    }
    try checkBilling(of: id, at: start)
    let steps =
      [(day: start, price: current)]
      + prices.compactMap { price in
        price.from.flatMap { $0 > day ? (day: $0, price: price) : nil }
      }
    var entries: [PriceEntryText] = []
    var lost: Set<TokenClass> = []
    for step in steps {
      if let last {
        if step.day.midnight < last.from, entries.isEmpty {
          guard let inForce = known?.price(at: step.day.midnight), step.price.isCovered(by: inForce, from: source)
          else {
            throw ImportFault("has an entry from a later day than \(step.day); only a newer one can follow it")
          }
          continue
        }
        if !last.windows.isEmpty, !source.statesHours {
          throw ImportFault("has rates by the hour in the table, which \(source.rawValue) cannot say")
        }
        if step.price.isCovered(by: last, from: source) { continue }
        guard step.day.midnight > last.from else {
          throw ImportFault("has an entry from \(step.day) already, with other rates")
        }
        lost.formUnion(TokenClass.allCases.filter { last.rates?[$0] != nil && step.price.rates[$0] == nil })
      }
      let entry = PriceEntryText(
        from: step.day, price: step.price, recorded: step.day < today ? today : nil, source: name, verified: today)
      entries.append(entry)
      last = entry.asEntry
    }
    guard !entries.isEmpty else { return .unchanged }
    try write(entries, to: id)
    return .added(entries.map(\.from), lost: TokenClass.allCases.filter(lost.contains))
  }

  /// What the files differ in from others of the same names, or have in addition.
  package func changes(from old: [PricingFile]) -> [(file: PricingFile, before: String?)] {
    let before = Dictionary(old.map { ($0.name, $0.text) }) { first, _ in first }
    return files.compactMap { file in
      // By bytes: to a string, two spellings of an accent are equal.
      before[file.name].map { Array($0.utf8) == Array(file.text.utf8) } ?? false
        ? nil : (file: file, before: before[file.name])
    }
  }

  /// Refuses a model that is not billed by the token on a day.
  /// - Throws: `ImportFault`.
  package func checkBilling(of id: ModelID, at day: CivilDay) throws(ImportFault) {
    switch table.answer(for: id, at: day.midnight, prompt: 0) {
    case .plan(let plan): throw ImportFault("is paid by the plan \(plan.name), so it has no price of its own")
    case .free: throw ImportFault("costs nothing by the table")
    case .perToken, .unpriced: return
    }
  }

  private mutating func write(_ entries: [PriceEntryText], to id: ModelID) throws(ImportFault) {
    var files = self.files
    let lines = entries.map(\.lines)
    let texts = files.map(PricingText.init)
    if let index = texts.firstIndex(where: { $0?.provider.map { table.provider(named: $0) } == id.provider }), let text = texts[index] {
      files[index].text = try text.adding(lines, to: id.model)
    } else {
      let name = try newFile(for: id.provider)
      files.append(PricingFile(name: name, text: PricingText.new(provider: id.provider, model: id.model, lines)))
    }
    let new: PriceTable
    do throws(PricingError) {
      new = try PriceTable.load(files: files, over: catalogue)
    } catch .invalid(let findings) {
      throw ImportFault(
        "would make a table that cannot be used: \(findings.first { $0.severity == .error }?.message ?? "")")
    } catch {
      throw ImportFault("would make a table that cannot be used: \(error)")
    }
    // Lines were put where the layout says that they belong; whether they mean what they should is asked of the table.
    let others = PriceTableDiff(from: table, to: new, layer: \.own).changes.filter { change in
      change.subject != id.description
        || !(change.text == "added to the table" || change.text.hasPrefix("new entry: "))
    }
    let written = new.pricedModel(id)?.prices.suffix(entries.count) ?? []
    guard others.isEmpty, Array(written) == entries.map(\.asEntry) else {
      throw ImportFault("cannot be added to its file without changing something else")
    }
    self.files = files
    table = new
  }

  /// A file's path for a provider.
  private func newFile(for provider: String) throws(ImportFault) -> String {
    let name = provider.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }
    let path = "\(folder)/\(String(name.drop { $0 == "." })).yaml"
    guard !files.contains(where: { $0.name == path }) else {
      throw ImportFault("needs a new file \(path), which is there for another provider")
    }
    return path
  }

  /// What stands under `source:`.
  private static func sourceName(of listing: Listing, _ source: PriceSource) throws(ImportFault) -> String {
    let link = listing.link.map { " (\($0))" } ?? ""
    let name = "\(source.rawValue): \(listing.key)\(link)"
    try check(name)
    return name
  }

  /// Refuses a text of others that would mislead who reads the file.
  private static func check(_ text: String) throws(ImportFault) {
    let isFine = text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
      default: true
      }
    }
    guard isFine, text.utf8.count <= 1000 else { throw ImportFault("has a name with characters that cannot be shown") }
  }
}

extension CivilDay {
  /// 00:00 UTC, epoch milliseconds.
  fileprivate var midnight: Int64 { Int64(number) * 86_400_000 }
}

extension PriceEntryText {
  /// What the loader makes of it.
  fileprivate var asEntry: PriceEntry {
    PriceEntry(
      from: from.midnight, rates: price.rates, tiers: price.tiers,
      windows: price.windows.map {
        PriceWindow(minutes: Times.week($0.minutes, on: Set(0...6)), rates: $0.rates)
      },
      recorded: recorded, source: source, verified: verified)
  }
}

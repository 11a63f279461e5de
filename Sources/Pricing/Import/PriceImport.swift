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
    /// `hoursFrom` is the day from which on rates by the hour were taken that the source does not date; `nil` where it
    /// dates them, or only prices from that day on were taken.
    case added([CivilDay], lost: [TokenClass], hoursFrom: CivilDay? = nil)
    /// The table says so already.
    case unchanged
  }

  /// How far back an import goes.
  package struct Reach: Hashable, Sendable {
    /// From when the price is to apply; `nil` to leave that to the other two and to the list.
    package var effective: CivilDay?
    /// The day of the model's first request without a price.
    package var needed: CivilDay?
    /// Whether the list's dated past is taken over, too.
    package var takesHistory: Bool

    package init(effective: CivilDay? = nil, needed: CivilDay? = nil, takesHistory: Bool = false) {
      self.effective = effective
      self.needed = needed
      self.takesHistory = takesHistory
    }
  }

  /// Whether the layer below alone prices a model on a day. Its prices are renewed with the program; an entry of the
  /// folder would hide all that it learns later.
  package func isPricedBelow(_ model: ModelID, on day: CivilDay) -> Bool {
    guard !table.isOwn(model), case .perToken = table.listPrice(of: model, at: day.utcStart, prompt: 0) else {
      return false
    }
    return true
  }

  /// Adds a model's price: the one in force on a day, those that the source announces for later, and of the past what
  /// its reach asks for.
  /// - Parameter today: the day of the import, UTC.
  /// - Throws: `ImportFault`: why nothing was added.
  package mutating func add(
    _ listing: Listing, of source: PriceSource, to model: ModelID, today: CivilDay, reach: Reach
  ) throws(ImportFault) -> Outcome {
    let id = try named(model, known: table.resolve(model))
    let known = table.pricedModel(id)
    let name = try Self.sourceName(of: listing, source)
    for text in [id.provider, id.model] { try Self.check(text) }
    let steps = try steps(listing, known: known, today: today, reach)
    try checkBilling(of: id, at: steps[0].day)
    var last = known?.prices.last
    var entries: [PriceEntry] = []
    var lost: Set<TokenClass> = []
    func entry(_ step: Step) -> PriceEntry {
      PriceEntry(
        from: step.day.utcStart, rates: step.price.rates, tiers: step.price.tiers, windows: step.price.windows,
        recorded: step.day < today ? today : nil, source: name,
        imported: ImportedFrom(list: source.rawValue, version: nil, on: today))
    }
    for step in steps {
      if let first = known?.prices.first, step.day.utcStart < first.from, step.isBeforeAll {
        entries.append(entry(step))
        continue
      }
      if let last {
        if step.day.utcStart < last.from, !entries.contains(where: { $0.from >= last.from }) {
          guard let inForce = known?.price(at: step.day.utcStart), step.price.isCovered(by: inForce, from: source)
          else {
            if reach.takesHistory { continue }
            throw ImportFault("has an entry from a later day than \(step.day); only a newer one can follow it")
          }
          continue
        }
        if !last.windows.isEmpty, step.price.windows.isEmpty {
          throw ImportFault("has rates by the hour in the table, which \(source.rawValue) does not say for it")
        }
        if step.price.isCovered(by: last, from: source) { continue }
        guard step.day.utcStart > last.from else {
          throw ImportFault("has an entry from \(step.day) already, with other rates")
        }
        lost.formUnion(TokenClass.allCases.filter { last.rates?[$0] != nil && step.price.rates[$0] == nil })
      }
      entries.append(entry(step))
      last = entries.last
    }
    guard !entries.isEmpty else { return .unchanged }
    try write(entries, to: id, calledBy: model.provider)
    let isCut = steps.contains { $0.price.lacksHours }
    return .added(
      entries.map { CivilDay(utc: $0.from) }, lost: TokenClass.allCases.filter(lost.contains),
      hoursFrom: isCut ? try listing.prices.get().last?.from : nil)
  }

  /// A price, and the day from which it is to apply.
  private struct Step {
    var day: CivilDay
    var price: ImportedPrice
    /// Whether it stands before everything that the table has.
    var isBeforeAll = false
  }

  /// Which of a list's prices are wanted, and from when; never empty.
  private func steps(
    _ listing: Listing, known: PricedModel?, today: CivilDay, _ reach: Reach
  ) throws(ImportFault) -> [Step] {
    let prices = try listing.prices.get()
    let day = reach.effective ?? today
    guard let current = listing.price(on: day) else { throw ImportFault("has no price on \(day) in the source") }
    let later = prices.compactMap { price in price.from.flatMap { $0 > day ? Step(day: $0, price: price) : nil } }
    if let effective = reach.effective {
      let isBeforeAll = known?.prices.first.map { effective.utcStart < $0.from } ?? false
      return [Step(day: effective, price: current, isBeforeAll: isBeforeAll)] + later
    }
    // What the list says of the days from some day on.
    func past(from first: CivilDay?) -> [Step] {
      prices.compactMap { price in
        guard let own = price.from else { return first.map { Step(day: $0, price: price) } }
        guard own <= today else { return nil }
        if let first, let end = price.until, end <= first { return nil }
        return Step(day: max(own, first ?? own), price: price)
      }
    }
    let needed = reach.needed.flatMap { $0 < today ? $0 : nil }
    guard let first = known?.prices.first, let last = known?.prices.last else {
      guard needed != nil || reach.takesHistory else {
        return [Step(day: current.from.map { $0 < today ? $0 : today } ?? today, price: current)] + later
      }
      var steps = past(from: reach.takesHistory ? nil : needed)
      // Before the list's own first day nothing else is known than what it says of that day.
      if let needed, steps.first.map({ $0.day > needed }) ?? true {
        steps.insert(Step(day: needed, price: prices.first ?? current), at: 0)
      }
      if steps.isEmpty { steps = [Step(day: today, price: current)] }
      // Of several that begin on one day the newest holds.
      return steps.indices.filter { $0 + 1 == steps.count || steps[$0].day < steps[$0 + 1].day }.map { steps[$0] }
        + later
    }
    var steps: [Step] = []
    if let needed, needed.utcStart < first.from {
      steps.append(Step(day: needed, price: listing.price(on: needed) ?? current, isBeforeAll: true))
    }
    if reach.takesHistory {
      steps += past(from: nil).map { step in
        Step(day: step.day, price: step.price, isBeforeAll: step.day.utcStart < first.from)
      }.filter { step in !steps.contains { $0.day == step.day } }
      steps.sort { $0.day < $1.day }
    }
    let own = current.from.flatMap { $0 < today && $0.utcStart > last.from ? $0 : nil }
    if !steps.contains(where: { $0.price == current && !$0.isBeforeAll }) {
      steps.append(Step(day: own ?? today, price: current))
    }
    return steps + later
  }

  /// Adds one price that somebody read on a page, or says that a model costs nothing.
  /// - Parameters:
  ///   - entry: the price; `nil` for a model that costs nothing.
  ///   - model: as it is called; no shorter spelling of it gets the price.
  /// - Throws: `ImportFault`: why it cannot be added.
  package mutating func add(_ entry: PriceEntry?, to model: ModelID) throws(ImportFault) {
    let id = try named(model, known: table.ownName(of: model))
    for text in [id.provider, id.model, entry?.source ?? ""] { try Self.check(text) }
    if let entry {
      if table.pricedModel(id)?.isFree ?? false, table.isHidden(id) { throw ImportFault("costs nothing by the table") }
      return try write([entry], to: id, calledBy: model.provider)
    }
    guard !table.isHidden(id) else {
      throw ImportFault("is in your files already; say there that it costs nothing")
    }
    try write([], to: id, calledBy: model.provider)
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
  package func checkBilling(of id: ModelID, at day: CivilDay) throws(ImportFault) {
    switch table.answer(for: id, at: day.utcStart, prompt: 0) {
    case .plan(let plan): throw ImportFault("is paid by the plan \(plan.name), so it needs no price of its own")
    case .free: throw ImportFault("costs nothing by the table")
    case .perToken, .unpriced: return
    }
  }

  /// Says what modes of a model cost: what multiplies its rates, by name.
  /// - Throws: `ImportFault`: why it cannot be said.
  package mutating func add(_ factors: [String: TokenFactor], to model: ModelID) throws(ImportFault) {
    let id = table.resolve(model) ?? model
    guard var priced = table.pricedModel(id), !priced.prices.isEmpty else {
      throw ImportFault("has no price yet that a mode could multiply; say --input and --output, too")
    }
    guard Set(factors.keys).isSubset(of: FileShape.modifiers.names) else {
      throw ImportFault("has no such mode; known are \(FileShape.modifiers.names.joined(separator: ", "))")
    }
    let isOwn = table.isHidden(id)
    guard !isOwn || priced.modifiers.factors.isEmpty else {
      throw ImportFault("has modifiers in your files already; change them there")
    }
    let all = table.modifiers(of: id).factors.merging(factors) { $1 }
    priced.modifiers.factors = all
    let model = priced
    try replace(id) { text throws(ImportFault) in
      try isOwn ? text.adding(all, to: id.model) : text.adding(model)
    } new: {
      PricingText.new(model)
    } check: { new in
      new?.modifiers.factors == all
    }
  }

  /// Writes entries to a model of the folder; without any, that it costs nothing. A model that only the layer below has
  /// takes its entries along, because the folder's model goes before it as a whole.
  /// - Parameter provider: the name that calls have for it.
  private mutating func write(
    _ entries: [PriceEntry], to id: ModelID, calledBy provider: String
  ) throws(ImportFault) {
    let alias = table.provider(named: provider) == id.provider ? nil : provider
    let isOwn = table.isHidden(id)
    let model = isOwn ? (table.pricedModel(id) ?? named(id, entries)) : named(id, entries)
    let wanted = isOwn ? Self.sorted(model.prices, with: entries) : model.prices
    try replace(id) { text throws(ImportFault) in
      try isOwn ? text.adding(entries, to: id.model) : text.adding(model)
    } new: {
      PricingText.new(model, alias: alias)
    } check: { new in
      new?.prices == wanted && new?.isFree == model.isFree
    }
  }

  /// A model that the folder does not have yet, with the entries and with what lies below.
  private func named(_ id: ModelID, _ entries: [PriceEntry]) -> PricedModel {
    if !entries.isEmpty, var below = table.pricedModel(id), below.id == id, below.succession.isEmpty, !below.isFree {
      below.prices = Self.sorted(below.prices, with: entries)
      return below
    }
    return PricedModel(id: id, aliases: [], isFree: entries.isEmpty, prices: entries)
  }

  /// A model as the files are to name it. A provider's name in a file has no slash; its own stands there as an alias.
  /// - Parameter known: the table's name for it, if any.
  private func named(_ model: ModelID, known: ModelID?) throws(ImportFault) -> ModelID {
    if let known { return known }
    let provider = table.provider(named: model.provider)
    let name = provider.replacing("/", with: "-")
    guard name == provider || !table.hasProvider(name) else {
      throw ImportFault("has a provider with a slash in its name, and \(name) is another one")
    }
    return ModelID(provider: name, model: model.model)
  }

  /// Puts another text in the place of a provider's file, or a new file beside the others, where the table then says
  /// nothing else of other models.
  private mutating func replace(
    _ id: ModelID, _ change: (PricingText) throws(ImportFault) -> String, new text: () -> String,
    check: (PricedModel?) -> Bool
  ) throws(ImportFault) {
    var files = self.files
    let texts = files.map(PricingText.init)
    if let index = texts.firstIndex(where: { $0?.provider.map { table.provider(named: $0) } == id.provider }),
      let old = texts[index]
    {
      files[index].text = try change(old)
    } else {
      files.append(PricingFile(name: try newFile(for: id.provider), text: text()))
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
    let others = PriceTableDiff(from: table, to: new, layer: \.own).changes.filter { $0.subject != id.description }
    guard others.isEmpty, check(new.pricedModel(id)) else {
      throw ImportFault("cannot be added to its file without changing something else")
    }
    self.files = files
    table = new
  }

  /// By time; of two from one instant, the new one last: it corrects the other.
  private static func sorted(_ prices: [PriceEntry], with more: [PriceEntry]) -> [PriceEntry] {
    more.reduce(into: prices) { all, entry in
      all.insert(entry, at: all.partitioningIndex { $0.from > entry.from })
    }
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

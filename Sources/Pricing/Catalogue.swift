import Foundation
import Model
import Synchronization

/// The layer of prices that lies below a folder's files: read from one text provider by provider, as far as anybody
/// asks.
///
/// The text is a page of contents (a line a field, ended by an empty line), the models of each provider as
/// `CanonicalText`, and the files' plans and currencies as `OfferText`. It is made when the program is built.
package struct Catalogue: Hashable, Sendable {
  /// A provider, and where in the text its models stand.
  struct Section: Hashable, Sendable {
    var name: String
    var provider: ProviderNames.Provider
    var digest: String
    var bytes: Range<Int>
  }

  /// A provider's models, by name.
  final class ProviderModels: Sendable {
    let models: [PricedModel]
    private let names: [String: Int]
    private let bareNames: [String: Int]

    init(_ models: [PricedModel]) {
      self.models = models
      var names: [String: Int] = [:]
      var bareNames: [String: Int] = [:]
      for (index, model) in models.enumerated() {
        for name in [model.id.model] + model.aliases {
          let folded = ModelNames.folded(name)
          if names[folded] == nil { names[folded] = index }
          let bare = ModelNames.bare(folded)
          // Of two models with one bare name, neither is meant, unless both cost the same.
          if let other = bareNames[bare],
            other < 0 || (other != index && models[other].prices.last?.rates != model.prices.last?.rates)
          {
            bareNames[bare] = -1
          } else {
            bareNames[bare] = bareNames[bare] ?? index
          }
        }
      }
      self.names = names
      self.bareNames = bareNames
    }

    func model(folded name: String) -> PricedModel? { names[name].map { models[$0] } }
    func model(bare name: String) -> PricedModel? { bareNames[name].flatMap { $0 < 0 ? nil : models[$0] } }
  }

  /// Where its prices change.
  let facts: PriceFacts
  private let sections: [String: Section]
  /// Plans and currencies, as a file without models.
  let offers: ParsedFile
  private let text: String
  /// Leaves out what was recorded later.
  private var day: CivilDay?
  /// The version of the table that has nothing on top; `nil` where that is of another day.
  var tableVersion: String? { day == nil ? version : nil }
  private let version: String
  private let memo = Memo()

  private final class Memo: Sendable {
    let read = Mutex<[String: ProviderModels]>([:])
  }

  /// Its providers, in the order of the text.
  let names: [Section]

  /// Reads a text that `text(of:files:)` made.
  package init(text: String) {
    self.text = text
    var facts = PriceFacts()
    var names: [Section] = []
    var offers = 0..<0
    var version = ""
    var offset = 0
    let utf8 = text.utf8
    var start = utf8.startIndex
    while let end = utf8[start...].firstIndex(of: 0x0A) {
      let line = utf8[start..<end]
      start = utf8.index(after: end)
      if line.isEmpty { break }
      let fields = line.split(separator: 0x09, omittingEmptySubsequences: false).map { String(Substring($0)) }
      let values = fields.dropFirst()
      switch fields[0] {
      case "version": version = fields[1]
      case "cuts": facts.cuts = Set(values.compactMap { Int64($0) })
      case "limits": facts.limits = Set(values.compactMap { Int64($0) })
      case "weekly": facts.weeklyCuts = Set(values.compactMap { Int($0) })
      case "factors": facts.factors.formUnion(values.compactMap { TokenFactor(decimal: $0) })
      case "provider":
        let length = Int(fields[3]) ?? 0
        names.append(
          Section(
            name: fields[1], provider: ProviderNames.Provider(), digest: fields[2], bytes: offset..<(offset + length)))
        offset += length
      case "aliases": names[names.count - 1].provider.aliases = Array(values)
      case "hosts": names[names.count - 1].provider.hosts = Array(values)
      case "free": names[names.count - 1].provider.freeSuffixes = Array(values)
      case "offers":
        let length = Int(fields[1]) ?? 0
        offers = offset..<(offset + length)
        offset += length
      default: break
      }
    }
    let base = utf8.distance(from: utf8.startIndex, to: start)
    for index in names.indices {
      names[index].bytes = (names[index].bytes.lowerBound + base)..<(names[index].bytes.upperBound + base)
    }
    self.facts = facts
    self.names = names
    let first = utf8.index(start, offsetBy: offers.lowerBound)
    self.offers = OfferText.read(Array(utf8[first..<utf8.index(first, offsetBy: offers.count)])[...])
    self.version = version
    sections = Dictionary(names.map { ($0.name, $0) }) { first, _ in first }
  }

  private func loaded(_ provider: String) -> ProviderModels? {
    guard let section = sections[provider] else { return nil }
    if let read = memo.read.withLock({ $0[provider] }) { return read }
    let utf8 = text.utf8
    let start = utf8.index(utf8.startIndex, offsetBy: section.bytes.lowerBound)
    let bytes = Array(utf8[start..<utf8.index(start, offsetBy: section.bytes.count)])
    var models = CanonicalReader.models(bytes[...])
    if let day { models = models.map { $0.asKnown(on: day) } }
    let loaded = ProviderModels(models)
    return memo.read.withLock { memo in
      if let other = memo[provider] { return other }
      memo[provider] = loaded
      return loaded
    }
  }

  func model(_ provider: String, folded name: String) -> PricedModel? { loaded(provider)?.model(folded: name) }
  func model(_ provider: String, bare name: String) -> PricedModel? { loaded(provider)?.model(bare: name) }

  /// The providers that have a model of that very name, whatever its case. Only the names are read: all the rest takes
  /// many times as long.
  func providers(ofModel name: String) -> Set<String> {
    // Of other characters the case is not C's to tell.
    guard name.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      let asked = name.lowercased()
      return Set(models.filter { $0.id.model.lowercased() == asked }.map(\.id.provider))
    }
    let (begin, asked) = ("\n5:model ", " \(name.utf8.count):\(name)")
    return unsafe text.withCString { text in
      var found: Set<String> = []
      var place = unsafe text
      while let line = unsafe strstr(place, begin) {
        // A field is its length, a colon and itself.
        var colon: UnsafeMutablePointer<CChar>?
        let length = unsafe strtol(line + begin.utf8.count, &colon, 10)
        guard let colon = unsafe colon else { break }
        let provider = unsafe UnsafeRawBufferPointer(start: colon + 1, count: length)
        unsafe place = UnsafePointer(colon + 1 + length)
        if unsafe strncasecmp(place, asked, asked.utf8.count) == 0 {
          unsafe found.insert(String(decoding: provider, as: UTF8.self))
        }
      }
      return found
    }
  }

  /// Its own name of a provider; `nil` where it knows no such name.
  func provider(named name: String) -> String? {
    let name = name.lowercased()
    if let known = names.first(where: { $0.name.lowercased() == name }) { return known.name }
    return names.first { $0.provider.aliases.contains { $0.lowercased() == name } }?.name
  }

  func models(of provider: String) -> [PricedModel] { loaded(provider)?.models ?? [] }

  var models: [PricedModel] { names.flatMap { models(of: $0.name) } }

  /// The hash of a provider's text, where the provider is still called so.
  func digest(of name: String, ifSame provider: ProviderNames.Provider) -> String? {
    guard day == nil, let section = sections[name], Set(section.provider.aliases) == Set(provider.aliases),
      Set(section.provider.hosts) == Set(provider.hosts),
      Set(section.provider.freeSuffixes) == Set(provider.freeSuffixes)
    else { return nil }
    return section.digest
  }

  /// Without what was recorded after a day.
  func asKnown(on day: CivilDay) -> Catalogue {
    var catalogue = Catalogue(text: text)
    catalogue.day = day
    return catalogue
  }

  package static func == (left: Catalogue, right: Catalogue) -> Bool {
    left.version == right.version && left.day == right.day
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(version) }
}

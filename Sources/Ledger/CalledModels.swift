import GRDB
import Model

/// A model as the ledger tells it apart: who was called, and what else sets the price.
struct CalledModel: Hashable {
  var model: ModelID
  var variant: CallVariant
}

/// The rows of `model` and `variant`, each made when it is first needed, inside one transaction.
struct CalledModels {
  private let database: Database
  private var ids: [CalledModel: Int64] = [:]
  private var models: [Int64: CalledModel] = [:]
  private var variants: [CallVariant: Int64] = [.none: 0]
  private var variantsByID: [Int64: CallVariant] = [0: .none]

  init(_ database: Database) { self.database = database }

  mutating func id(of model: ModelID, _ variant: CallVariant) throws -> Int64 {
    let called = CalledModel(model: model, variant: variant)
    if let known = ids[called] { return known }
    let id = try database.id(
      "SELECT id FROM model WHERE provider = ? AND model = ? AND variant = ?",
      "INSERT INTO model (provider, model, variant) VALUES (?, ?, ?)",
      [model.provider.boundedName, model.model.boundedName, id(of: variant)])
    ids[called] = id
    return id
  }

  mutating func id(of variant: CallVariant) throws -> Int64 {
    if let known = variants[variant] { return known }
    let id = try database.id(
      "SELECT id FROM variant WHERE host = ? AND speed = ? AND geo = ? AND tier = ? AND flags = ?",
      "INSERT INTO variant (host, speed, geo, tier, flags) VALUES (?, ?, ?, ?, ?)",
      [
        (variant.host ?? "").boundedName, (variant.speed ?? "").boundedName, (variant.geo ?? "").boundedName,
        (variant.tier ?? "").boundedName, VariantFlags(variant).rawValue,
      ])
    variants[variant] = id
    return id
  }

  mutating func called(_ id: Int64) throws -> CalledModel? {
    if let known = models[id] { return known }
    let statement = try database.cachedStatement(sql: "SELECT provider, model, variant FROM model WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id]) else { return nil }
    let called = try CalledModel(
      model: ModelID(provider: row.value("provider"), model: row.value("model")), variant: variant(row.value("variant"))
    )
    models[id] = called
    return called
  }

  mutating func variant(_ id: Int64) throws -> CallVariant {
    if let known = variantsByID[id] { return known }
    let row = try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM variant WHERE id = ?"), arguments: [id])
    guard let variant = try row.map(CallVariant.init(row:)) else { throw ForeignValue(column: "variant") }
    variantsByID[id] = variant
    return variant
  }

  /// All models, by their id.
  static func all(_ database: Database) throws -> [Int64: CalledModel] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT model.id AS called, provider, model, variant.id IS NOT NULL AS has_variant, variant.*
          FROM model LEFT JOIN variant ON variant.id = model.variant
          """)
    ).reduce(into: [:]) {
      // A model that is left out would take its requests out of every report.
      guard try $1.value("has_variant") else { throw ForeignValue(column: "model.variant") }
      try $0[$1.value("called")] = CalledModel(
        model: ModelID(provider: $1.value("provider"), model: $1.value("model")), variant: CallVariant(row: $1))
    }
  }
}

/// The marks of a variant, as the ledger holds them.
private struct VariantFlags: OptionSet {
  let rawValue: Int64

  static let batch = VariantFlags(rawValue: 1)
  static let splitUnknown = VariantFlags(rawValue: 2)
  static let assumed = VariantFlags(rawValue: 4)

  init(rawValue: Int64) { self.rawValue = rawValue }

  init(_ variant: CallVariant) {
    self = []
    if variant.isBatch { insert(.batch) }
    if variant.isSplitUnknown { insert(.splitUnknown) }
    if variant.isAssumed { insert(.assumed) }
  }
}

extension CallVariant {
  /// A row of `variant`.
  fileprivate init(row: Row) throws {
    func text(_ column: String) throws -> String? {
      let text: String = try row.value(column)
      return text.isEmpty ? nil : text
    }
    let flags = VariantFlags(rawValue: try row.value("flags"))
    try self.init(
      host: text("host"), speed: text("speed"), geo: text("geo"), tier: text("tier"), isBatch: flags.contains(.batch),
      isSplitUnknown: flags.contains(.splitUnknown), isAssumed: flags.contains(.assumed))
  }
}

package import Model

/// One price that somebody types, as a change of the files of a folder.
package enum PriceAddition {
  /// The file with the price in it; a new one where no file is for the provider.
  /// - Parameters:
  ///   - files: the folder's files, which are a table over `catalogue`.
  ///   - from: the first day of the price, UTC.
  ///   - today: the day on which it is compared with its source.
  /// - Throws: `ImportFault`: why it cannot be added.
  package static func file(
    in files: [PricingFile], folder: String, over catalogue: Catalogue?, adding rates: Rates, to model: ModelID,
    from: CivilDay, source: String, today: CivilDay
  ) throws(ImportFault) -> PricingFile {
    let entry = PriceEntryText(
      from: from, price: ImportedPrice(rates: rates), recorded: from < today ? today : nil, source: source,
      verified: today)
    var changed = files
    let texts = files.map(PricingText.init)
    let file: PricingFile
    if let index = texts.firstIndex(where: { $0?.provider?.lowercased() == model.provider.lowercased() }),
      let text = texts[index]
    {
      changed[index].text = try text.adding([entry.lines], to: model.model)
      file = changed[index]
    } else {
      let name = model.provider.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
      let path = "\(folder)/\(String(name)).yaml"
      guard !files.contains(where: { $0.name == path }) else {
        throw ImportFault("needs a new file \(path), which is there for another provider")
      }
      file = PricingFile(
        name: path, text: PricingText.new(provider: model.provider, model: model.model, [entry.lines]))
      changed.append(file)
    }
    do throws(PricingError) {
      _ = try PriceTable.load(files: changed, over: catalogue)
    } catch {
      throw ImportFault("would make a table that cannot be used: \(error)")
    }
    return file
  }
}

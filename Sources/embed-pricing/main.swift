import Foundation
import Pricing

// Writes the pricing files as one text into a Swift file: embed-pricing FOLDER OUTPUT. The build runs it.
let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  FileHandle.standardError.write(Data("usage: embed-pricing FOLDER OUTPUT\n".utf8))
  exit(64)
}
do {
  let files = try PriceTable.files(ofFolder: arguments[1])
  let text = Catalogue.text(of: try PriceTable.load(files: files), files: files)
  guard !text.contains("\"\"\"##") else { throw CocoaError(.fileWriteUnknown) }
  let source = "/// The built-in catalogue as text.\nlet builtInCatalogue = ##\"\"\"\n\(text)\n\"\"\"##\n"
  try Data(source.utf8).write(to: URL(fileURLWithPath: arguments[2]))
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}

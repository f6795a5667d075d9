"""Where does it go? The board filled row by row, improved by search, read off and written down."""

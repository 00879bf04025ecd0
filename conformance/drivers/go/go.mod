module example/cosconform-driver

go 1.19
